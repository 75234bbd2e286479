/**
 * Takes the streams of a container without a terminal apart: podman frames their bytes (`[stream, 0, 0, 0, length as u32 big endian]`).
 */

const HEADER_BYTES = 8;

/** What it returns is given the bytes as they come; `deliver` gets whole frames, 1 for standard output and 2 for errors. */
export function createDemultiplexer(deliver: (stream: number, data: Buffer) => void): (chunk: Buffer) => void {
  let waiting: Buffer = Buffer.alloc(0);
  return (chunk) => {
    waiting = waiting.length > 0 ? Buffer.concat([waiting, chunk]) : chunk;
    while (waiting.length >= HEADER_BYTES) {
      const length = waiting.readUInt32BE(4);
      if (waiting.length < HEADER_BYTES + length) return;
      deliver(waiting[0]!, waiting.subarray(HEADER_BYTES, HEADER_BYTES + length));
      waiting = waiting.subarray(HEADER_BYTES + length);
    }
  };
}
