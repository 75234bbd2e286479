/**
 * One line of a log as conmon writes it (the CRI log format): `<RFC 3339 time> <stream> <F|P> <content>`; P lines are parts of a longer one.
 */

const NEWLINE = 10;
const SPACE = 32;

export interface LogLine {
  /** As written. */
  time: string;
  partial: boolean;
  content: Buffer;
}

/** `line` without its newline. Undefined for what is no log line (cut short by a crash). */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(SPACE);
  const second = line.indexOf(SPACE, first + 1);
  if (first < 0 || second < 0) return undefined;
  const third = line.indexOf(SPACE, second + 1);
  const tag = line.toString('latin1', second + 1, third < 0 ? line.length : third);
  if (tag !== 'F' && tag !== 'P') return undefined;
  return {
    time: line.toString('latin1', 0, first),
    partial: tag === 'P',
    content: third < 0 ? Buffer.alloc(0) : line.subarray(third + 1),
  };
}

/** What `kubectl logs` shows of a line. */
export function renderLogLine({ time, partial, content }: LogLine, timestamps: boolean): Buffer {
  const parts = timestamps ? [Buffer.from(`${time.replace(/\+00:00$/, 'Z')} `), content] : [content];
  if (!partial) parts.push(Buffer.from([NEWLINE]));
  return Buffer.concat(parts);
}

/** Splits bytes into whole lines; what is left over waits for the next piece. */
export class LineSplitter {
  #rest: Buffer[] = [];
  #restBytes = 0;

  *push(chunk: Buffer): Iterable<Buffer> {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const piece = chunk.subarray(from, at);
      yield this.#rest.length > 0 ? Buffer.concat([...this.#rest, piece]) : piece;
      this.#rest = [];
      this.#restBytes = 0;
      from = at + 1;
    }
    if (from === chunk.length) return;
    this.#rest.push(Buffer.from(chunk.subarray(from)));
    this.#restBytes += chunk.length - from;
    // conmon breaks lines at 8 KiB; more without a newline is not its writing.
    if (this.#restBytes > LINE_BYTES_MAX) this.#rest = [];
  }
}

const LINE_BYTES_MAX = 1 << 20;
