/**
 * One tree as a difference from another (gitformat-pack(5), "Deltified representation"): what they share at the beginning and at the end is copied,
 * what stands between is inserted. A commit that changes one file of a folder changes one place of its tree.
 */

/** What one instruction can insert. */
const INSERTED_BYTES_MAX = 0x7f;
/** What one instruction copies here: the format's own bound is 2^24 - 1, but git before version 3 packs less. */
const COPIED_BYTES_MAX = 0xffff;

/** Undefined: they share so little that it is no gain. */
export function encodeTreeDelta(base: Buffer, content: Buffer): Buffer | undefined {
  const shortest = Math.min(base.length, content.length);
  const start = sharedLength(shortest, (at) => base[at] === content[at]);
  const end = sharedLength(shortest - start, (at) => base[base.length - 1 - at] === content[content.length - 1 - at]);
  const inserted = content.subarray(start, content.length - end);
  if (inserted.length > content.length / 2) return undefined;
  return Buffer.concat([
    encodeSize(base.length),
    encodeSize(content.length),
    ...copy(0, start),
    ...insert(inserted),
    ...copy(base.length - end, end),
  ]);
}

function sharedLength(most: number, isSame: (at: number) => boolean): number {
  let length = 0;
  while (length < most && isSame(length)) length++;
  return length;
}

/** Seven bits a byte, the lowest first. */
export function encodeSize(size: number): Buffer {
  const bytes = [size & 0x7f];
  for (let rest = size >>> 7; rest > 0; rest >>>= 7) {
    bytes[bytes.length - 1]! |= 0x80;
    bytes.push(rest & 0x7f);
  }
  return Buffer.from(bytes);
}

function* copy(from: number, length: number): Generator<Buffer> {
  for (let at = from; at < from + length; at += COPIED_BYTES_MAX)
    yield copyInstruction(at, Math.min(COPIED_BYTES_MAX, from + length - at));
}

/** A byte that says which bytes of the offset (four) and of the size (three) follow: those that are not zero. */
function copyInstruction(offset: number, size: number): Buffer {
  const bytes = [0x80];
  for (const [position, byte] of [offset, offset >>> 8, offset >>> 16, offset >>> 24, size, size >>> 8].entries()) {
    if ((byte & 0xff) === 0) continue;
    bytes[0]! |= 1 << position;
    bytes.push(byte & 0xff);
  }
  return Buffer.from(bytes);
}

function* insert(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += INSERTED_BYTES_MAX) {
    const piece = content.subarray(at, at + INSERTED_BYTES_MAX);
    yield Buffer.from([piece.length]);
    yield piece;
  }
}
