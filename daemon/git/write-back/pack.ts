/**
 * Git objects as a pack and its index (gitformat-pack(5), version 2 both), made in memory: many commits become two files instead of four each. Trees
 * are differences from the tree before them: a folder of 1,000 manifests that every commit changes costs some hundred bytes a commit.
 *
 * Made in turns of the event loop, which has others to serve. Not for what comes from outside: it is git itself that reads and checks a push.
 */

import { createHash } from 'node:crypto';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { nextTurn } from '../../base/turn.ts';
import { encodeSize, encodeTreeDelta } from './tree-delta.ts';

export interface Pack {
  /** 40 hex digits. */
  checksum: string;
  pack: Buffer;
  index: Buffer;
}

const TYPES: Readonly<Record<string, number>> = { commit: 1, tree: 2, blob: 3 };
const OFS_DELTA = 6;
/** Chains stay shorter than git's own default (50): reading the last tree applies them all. */
const DELTA_DEPTH_MAX = 40;
/** Smaller objects hardly compress, and setting zlib up costs more than they do. */
const COMPRESSED_BYTES_MIN = 1_024;
/** What one entry of version 2's small offset table can say; what is packed here is bounded far below (`UNSETTLED_BYTES_MAX`). */
const PACK_BYTES_MAX = 0x7fff_ffff;

interface Entry {
  id: Buffer;
  offset: number;
  crc: number;
}

/** A tree that is in the pack already, for those after it. */
interface Base {
  content: Buffer;
  offset: number;
  depth: number;
}

/** What making it may take of one turn. */
const SLICE_MS = 8;

/** `objects`: the id (hex) and the loose object's bytes of each, in the order in which they were made. */
export async function encodePack(objects: readonly (readonly [id: string, loose: Buffer])[]): Promise<Pack> {
  const header = Buffer.alloc(12);
  header.write('PACK', 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const pieces = [header];
  const entries: Entry[] = [];
  let bases: readonly Base[] = [];
  let offset = header.length;
  let began = performance.now();
  for (const [id, loose] of objects) {
    if (performance.now() - began > SLICE_MS) {
      await nextTurn();
      began = performance.now();
    }
    const { type, content } = takeApart(loose);
    const delta = type === 'tree' ? deltaOf(content, bases) : undefined;
    const entry = delta
      ? [entryHeader(OFS_DELTA, delta.bytes.length), encodeDistance(offset - delta.base.offset), zlib(delta.bytes)]
      : [entryHeader(TYPES[type]!, content.length), zlib(content)];
    const bytes = Buffer.concat(entry);
    if (type === 'tree')
      bases = [{ content, offset, depth: delta ? delta.base.depth + 1 : 0 }, ...bases].slice(0, BASES_KEPT);
    entries.push({ id: Buffer.from(id, 'hex'), offset, crc: crc32(bytes) });
    pieces.push(bytes);
    offset += bytes.length;
  }
  if (offset > PACK_BYTES_MAX) throw new Error(`a pack of ${offset} bytes is more than its index can tell`);
  const checksum = sha1(...pieces);
  const pack = Buffer.concat([...pieces, checksum]);
  return { checksum: checksum.toString('hex'), pack, index: encodeIndex(entries, checksum) };
}

/** The trees before this one that it may differ little from: its folder's and the root's, of this commit's and the last. */
const BASES_KEPT = 6;

/** Against the newest that it has much in common with. */
function deltaOf(content: Buffer, bases: readonly Base[]): { base: Base; bytes: Buffer } | undefined {
  for (const base of bases) {
    const bytes = base.depth < DELTA_DEPTH_MAX ? encodeTreeDelta(base.content, content) : undefined;
    if (bytes) return { base, bytes };
  }
  return undefined;
}

/** A loose object: `<type> <length>NUL<content>`, deflated. */
function takeApart(loose: Buffer): { type: string; content: Buffer } {
  const object = inflateSync(loose);
  const end = object.indexOf(0);
  return { type: object.toString('latin1', 0, object.indexOf(0x20)), content: object.subarray(end + 1) };
}

/** Type and size: four bits of the size, then seven a byte, the lowest first. */
function entryHeader(type: number, size: number): Buffer {
  const first = (type << 4) | (size & 15);
  const rest = size >>> 4;
  return rest === 0 ? Buffer.of(first) : Buffer.concat([Buffer.of(first | 0x80), encodeSize(rest)]);
}

/** How far back a delta's base begins: seven bits a byte, the highest first, each but the last one less than it says. */
function encodeDistance(distance: number): Buffer {
  const bytes = [distance & 0x7f];
  for (let rest = distance >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (--rest & 0x7f));
  return Buffer.from(bytes);
}

/** Stored when small: a zlib stream of one stored block (RFC 1950, RFC 1951 3.2.4). */
function zlib(content: Buffer): Buffer {
  if (content.length >= COMPRESSED_BYTES_MIN) return deflateSync(content, { level: 1 });
  const stream = Buffer.alloc(content.length + 11);
  stream.writeUInt16BE(0x7801, 0);
  stream[2] = 1;
  stream.writeUInt16LE(content.length, 3);
  stream.writeUInt16LE(~content.length & 0xffff, 5);
  content.copy(stream, 7);
  stream.writeUInt32BE(adler32(content), content.length + 7);
  return stream;
}

function adler32(content: Buffer): number {
  let a = 1;
  let b = 0;
  for (const byte of content) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

function encodeIndex(entries: readonly Entry[], checksum: Buffer): Buffer {
  const sorted = [...entries].sort((a, b) => Buffer.compare(a.id, b.id));
  const head = Buffer.alloc(8 + 256 * 4);
  head.writeUInt32BE(0xff744f63, 0);
  head.writeUInt32BE(2, 4);
  let count = 0;
  for (let first = 0; first < 256; first++) {
    while (count < sorted.length && sorted[count]!.id[0]! <= first) count++;
    head.writeUInt32BE(count, 8 + first * 4);
  }
  const table = (values: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [position, value] of values.entries()) bytes.writeUInt32BE(value, position * 4);
    return bytes;
  };
  const ids = Buffer.concat(sorted.map(({ id }) => id));
  const body = [head, ids, table(sorted.map(({ crc }) => crc)), table(sorted.map(({ offset }) => offset)), checksum];
  return Buffer.concat([...body, sha1(...body)]);
}

function sha1(...pieces: readonly Buffer[]): Buffer {
  const hash = createHash('sha1');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}
