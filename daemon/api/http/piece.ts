/**
 * Bytes of a long answer, gathered into buffers. Each byte is copied once, and no object is kept of each part: ten thousand of them would cost several times
 * their bytes.
 */

import type { Writable } from 'node:stream';

/** A buffer that is written when it is full, and filled again when its reader has it: fresh memory for all of a long answer would cost more than copying. */
export class Pieces {
  readonly #out: Writable;
  readonly #room: number;
  /** Written, and free again. */
  readonly #free: Buffer[] = [];
  #bytes: Buffer;
  #length = 0;

  /** `room`: bytes that a piece is expected to have; it grows where they are more. */
  constructor(out: Writable, room: number) {
    this.#out = out;
    this.#room = room;
    this.#bytes = Buffer.allocUnsafeSlow(room);
  }

  /** Of the piece that is being made. */
  get length(): number {
    return this.#length;
  }

  /** Appends the bytes of `part`, from `start` on. */
  add(part: Buffer, start = 0): void {
    const length = this.#length + part.length - start;
    if (length > this.#bytes.length) this.#grow(length);
    part.copy(this.#bytes, this.#length, start);
    this.#length = length;
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(length * 2);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** Writes the piece and begins another; false: that should wait until the reader has read. */
  write(): boolean {
    const bytes = this.#bytes;
    const goesOn = this.#out.write(bytes.subarray(0, this.#length), (error) => {
      if (!error) this.#free.push(bytes);
    });
    this.#bytes = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#room);
    this.#length = 0;
    return goesOn;
  }

  /** The last piece, for whoever ends the answer with it. */
  last(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Of a first piece whose answer may be short. */
const SHORT_BYTES = 4 * 1024;

/** What is kept whole before the first of it is written. */
export class Gathered {
  readonly #room: number;
  readonly #full: Buffer[] = [];
  #bytes = Buffer.allocUnsafeSlow(SHORT_BYTES);
  #length = 0;

  /** `room`: the bytes of a piece; one part that has more is a piece of its own. */
  constructor(room: number) {
    this.#room = room;
  }

  add(part: Uint8Array): void {
    if (this.#length + part.length > this.#bytes.length) {
      this.#full.push(this.#bytes.subarray(0, this.#length));
      const room = Math.min(this.#bytes.length * 2, this.#room);
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(room, part.length));
      this.#length = 0;
    }
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
  }

  pieces(): Buffer[] {
    return [...this.#full, this.#bytes.subarray(0, this.#length)];
  }
}
