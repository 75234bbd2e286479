/**
 * Frames of SPDY/3.1 (draft-mbelshe-httpbis-spdy-00, 2.2): what is read from a connection, and the bytes that are written to it.
 * No state and no streams; header blocks stay compressed here.
 */

const VERSION = 3;
const CONTROL = 0x8000;
const FRAME_HEAD_BYTES = 8;
/** A control frame is short: its header block is at most a few hundred bytes. */
const CONTROL_BYTES_MAX = 64 * 1024;
const STREAM_ID_BITS = 0x7fffffff;

export const FLAG_FIN = 1;

export const SYN_STREAM = 1;
export const SYN_REPLY = 2;
export const RST_STREAM = 3;
export const PING = 6;
export const GOAWAY = 7;

/** Status of a RST_STREAM (2.6.3). */
export const REFUSED_STREAM = 3;
export const CANCEL = 5;

export type Frame =
  | { type: 'control'; kind: number; flags: number; body: Buffer }
  /** A piece of a data frame; `fin` with the last one. */
  | { type: 'data'; stream: number; fin: boolean; piece: Buffer };

/** Decodes a byte stream. Throws for what is no SPDY/3.1. */
export async function* readFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let waiting: Buffer = Buffer.alloc(0);
  let data: { stream: number; fin: boolean; left: number } | undefined;
  for await (const chunk of source) {
    waiting = waiting.length > 0 ? Buffer.concat([waiting, chunk]) : chunk;
    for (;;) {
      if (data) {
        const piece = waiting.subarray(0, data.left);
        waiting = waiting.subarray(piece.length);
        data.left -= piece.length;
        const isLast = data.left === 0;
        if (piece.length > 0 || isLast) yield { type: 'data', stream: data.stream, fin: isLast && data.fin, piece };
        if (!isLast) break;
        data = undefined;
      }
      if (waiting.length < FRAME_HEAD_BYTES) break;
      const length = waiting.readUIntBE(5, 3);
      const flags = waiting[4]!;
      if (waiting.readUInt16BE(0) < CONTROL) {
        data = { stream: waiting.readUInt32BE(0), fin: (flags & FLAG_FIN) !== 0, left: length };
        waiting = waiting.subarray(FRAME_HEAD_BYTES);
        continue;
      }
      if ((waiting.readUInt16BE(0) & ~CONTROL) !== VERSION) throw new Error('this is not SPDY/3.1');
      if (length > CONTROL_BYTES_MAX)
        throw new Error(`a control frame has ${length} bytes: at most ${CONTROL_BYTES_MAX}`);
      if (waiting.length < FRAME_HEAD_BYTES + length) break;
      const body = Buffer.from(waiting.subarray(FRAME_HEAD_BYTES, FRAME_HEAD_BYTES + length));
      const kind = waiting.readUInt16BE(2);
      waiting = waiting.subarray(FRAME_HEAD_BYTES + length);
      yield { type: 'control', kind, flags, body };
    }
  }
}

/** Of a frame's first four bytes. Throws for a body that is too short. */
export function streamIdOf(body: Buffer): number {
  return body.readUInt32BE(0) & STREAM_ID_BITS;
}

/** The head of a data frame with `length` bytes. */
export function encodeDataHead(stream: number, flags: number, length: number): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(stream, 0);
  head[4] = flags;
  head.writeUIntBE(length, 5, 3);
  return head;
}

export function encodeControl(kind: number, flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt16BE(CONTROL | VERSION, 0);
  head.writeUInt16BE(kind, 2);
  head[4] = flags;
  head.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([head, body]);
}

/** A control frame of 32-bit words: RST_STREAM, PING, GOAWAY. */
export function encodeWords(kind: number, ...words: readonly number[]): Buffer {
  const body = Buffer.alloc(4 * words.length);
  for (const [index, word] of words.entries()) body.writeUInt32BE(word, 4 * index);
  return encodeControl(kind, 0, body);
}
