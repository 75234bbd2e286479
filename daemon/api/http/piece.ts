/**
 * Bytes of a long answer, gathered into a buffer that is written when it is full. Each byte is copied once, no object is made of each part, and when its
 * reader has it the buffer is filled again: fresh memory for all of a long answer would cost more than copying it does.
 */

import type { Writable } from 'node:stream';

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
