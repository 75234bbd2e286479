/**
 * Lines of a stream as chunks of HTTP/1.1 (RFC 9112 §7.1). A line that goes to many clients is framed once, and written to their connections as it is:
 * node would make three writes of it for each of them.
 */

import type { ServerResponse } from 'node:http';

/** Line → the chunk that it is a part of. */
const chunks = new WeakMap<Buffer, Buffer>();

const END = '\r\n';

/** The line that these parts make. */
export function frameLine(parts: readonly Buffer[]): Buffer {
  const bytes = parts.reduce((sum, { length }) => sum + length, 0);
  const head = Buffer.from(bytes.toString(16) + END);
  const chunk = Buffer.concat([head, ...parts, Buffer.from(END)]);
  const line = chunk.subarray(head.length, head.length + bytes);
  chunks.set(line, chunk);
  return line;
}

const chunkOf = (line: Buffer): Buffer => chunks.get(line) ?? chunks.get(frameLine([line]))!;

/** False: more should wait until {@link onceDrained}. The answer's head has been sent, or waits in the answer. */
export function writeLines(response: ServerResponse, lines: readonly Buffer[]): boolean {
  const { socket } = response;
  // Behind an earlier answer on its connection, and for HTTP/1.0, lines wait in the answer and go as that says.
  if (!socket || !response.chunkedEncoding)
    return response.write(lines.length === 1 ? lines[0]! : Buffer.concat(lines));
  if (lines.length === 1) return socket.write(chunkOf(lines[0]!));
  socket.cork();
  for (const line of lines) socket.write(chunkOf(line));
  socket.uncork();
  return !socket.writableNeedDrain;
}

export function onceDrained(response: ServerResponse, proceed: () => void): void {
  const { socket } = response;
  if (socket?.writableNeedDrain) socket.once('drain', proceed);
  else response.once('drain', proceed);
}
