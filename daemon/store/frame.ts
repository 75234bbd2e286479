/**
 * How batches and snapshot parts lie in a file: `[u32 length][u32 crc32 of payload][payload]`, little endian; the payload is
 * `[u32 header length][header JSON][value bytes …]`, the values in the order in which the header's entries name their lengths.
 * Values are copied, never re-encoded.
 */

import { crc32 } from 'node:zlib';
import type { Batch, LogOperation, SnapshotEntry } from './log.ts';
import type { JsonRecord } from './store.ts';

const PREFIX_BYTES = 8;
/** One commit of 10,000 manifests is about 30 MiB; a length beyond this can only be garbage. */
const FRAME_BYTES_MAX = 1 << 30;

export interface Frame {
  header: unknown;
  values: Buffer;
  /** Offset just behind the frame. */
  end: number;
}

/** The frame as parts for one gathered write. */
export function encodeFrame(header: unknown, values: readonly Uint8Array[]): Uint8Array[] {
  const head = Buffer.from(JSON.stringify(header));
  const headLength = Buffer.alloc(4);
  headLength.writeUInt32LE(head.length);
  let length = 4 + head.length;
  let checksum = crc32(head, crc32(headLength));
  for (const value of values) {
    length += value.length;
    checksum = crc32(value, checksum);
  }
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(length, 0);
  prefix.writeUInt32LE(checksum, 4);
  return [prefix, headLength, head, ...values];
}

/** The frame at `offset`, or undefined when the bytes there are not a whole, intact one. */
export function decodeFrame(file: Buffer, offset: number): Frame | undefined {
  if (offset + PREFIX_BYTES > file.length) return undefined;
  const length = file.readUInt32LE(offset);
  const end = offset + PREFIX_BYTES + length;
  if (length < 4 || length > FRAME_BYTES_MAX || end > file.length) return undefined;
  const payload = file.subarray(offset + PREFIX_BYTES, end);
  if (crc32(payload) !== file.readUInt32LE(offset + 4)) return undefined;
  const headLength = payload.readUInt32LE(0);
  if (4 + headLength > payload.length) return undefined;
  const header: unknown = JSON.parse(payload.toString('utf8', 4, 4 + headLength));
  return { header, values: payload.subarray(4 + headLength), end };
}

interface BatchHeader {
  sequence: number;
  record?: JsonRecord;
  /** [key, revision, bytes of the value; -1 for a delete] */
  operations: [string, number, number][];
}

export function encodeBatch(sequence: number, batch: Batch): Uint8Array[] {
  const header: BatchHeader = {
    sequence,
    ...(batch.record ? { record: batch.record } : {}),
    operations: batch.operations.map(({ key, revision, value }) => [key, revision, value ? value.length : -1]),
  };
  return encodeFrame(
    header,
    batch.operations.flatMap(({ value }) => (value ? [value] : [])),
  );
}

export function decodeBatch(frame: Frame): { sequence: number; batch: Batch } {
  const header = frame.header as BatchHeader;
  let at = 0;
  const operations = header.operations.map(([key, revision, length]): LogOperation => {
    if (length < 0) return { type: 'delete', key, revision };
    at += length;
    return {
      type: 'put',
      key,
      revision,
      value: frame.values.subarray(at - length, at),
    };
  });
  return {
    sequence: header.sequence,
    batch: { operations, ...(header.record ? { record: header.record } : {}) },
  };
}

/** [key, createRevision, modRevision, bytes of the value] */
type EntryHeader = [string, number, number, number];

export function encodeEntries(entries: readonly SnapshotEntry[]): Uint8Array[] {
  const header = entries.map(
    (entry): EntryHeader => [entry.key, entry.createRevision, entry.modRevision, entry.value.length],
  );
  return encodeFrame(
    header,
    entries.map(({ value }) => value),
  );
}

export function decodeEntries(frame: Frame): SnapshotEntry[] {
  let at = 0;
  return (frame.header as EntryHeader[]).map(([key, createRevision, modRevision, length]) => {
    at += length;
    return {
      key,
      createRevision,
      modRevision,
      value: frame.values.subarray(at - length, at),
    };
  });
}
