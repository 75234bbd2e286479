/**
 * Upstream answers, kept no longer than their TTL allows and served with the TTL that is left. Pure state; time is an argument.
 */

import { RCODE, readRecord, TYPE } from './wire.ts';

/** As CoreDNS' `cache 30`: a change upstream shows within this time, whatever its TTL. */
const TTL_SECONDS_MAX = 30;
/** Negative answers without a SOA and failures are not kept at all. Entries: about 300 octets each, 3 MB in all. */
const ENTRIES_MAX = 10_000;

interface Entry {
  readonly message: Buffer;
  readonly ttlOffsets: readonly number[];
  readonly storedAtMs: number;
  readonly expiresAtMs: number;
}

export class ForwardCache {
  readonly #entries = new Map<string, Entry>();

  /** A copy with the remaining TTLs and the client's own id and question, or undefined. */
  get(key: string, id: number, question: Buffer, nowMs: number): Buffer | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (nowMs >= entry.expiresAtMs) {
      this.#entries.delete(key);
      return undefined;
    }
    const reply = personalize(entry.message, id, question);
    const ageSeconds = Math.floor((nowMs - entry.storedAtMs) / 1_000);
    for (const offset of entry.ttlOffsets)
      reply.writeUInt32BE(Math.max(0, entry.message.readUInt32BE(offset) - ageSeconds), offset);
    return reply;
  }

  /** Keeps a checked upstream message if its code and records allow it. */
  put(key: string, message: Buffer, nowMs: number): void {
    const parsed = readTtls(message);
    if (!parsed || parsed.ttlSeconds <= 0) return;
    if (this.#entries.size >= ENTRIES_MAX) this.#entries.delete(this.#entries.keys().next().value ?? '');
    const expiresAtMs = nowMs + parsed.ttlSeconds * 1_000;
    this.#entries.set(key, { message, ttlOffsets: parsed.offsets, storedAtMs: nowMs, expiresAtMs });
  }
}

/** The message with another id, and the question in the letters that this client used. */
export function personalize(message: Buffer, id: number, question: Buffer): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  question.copy(copy, 12);
  return copy;
}

/** Where TTLs stand, and for how many seconds the whole message may be kept; undefined when it does not parse or must not be kept. */
export function readTtls(message: Buffer): { offsets: number[]; ttlSeconds: number } | undefined {
  const rcode = message.readUInt16BE(2) & 15;
  const isTruncated = (message.readUInt16BE(2) & 0x0200) !== 0;
  if (isTruncated || (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN)) return undefined;
  const answers = message.readUInt16BE(6);
  const count = answers + message.readUInt16BE(8) + message.readUInt16BE(10);
  const offsets: number[] = [];
  let ttlSeconds = TTL_SECONDS_MAX;
  let hasSoa = false;
  let offset = 12;
  while (message[offset] !== 0) offset += 1 + (message[offset] ?? 255);
  offset += 5;
  for (let index = 0; index < count; index++) {
    const record = readRecord(message, offset);
    if (!record) return undefined;
    if (record.type !== TYPE.OPT) {
      offsets.push(record.fixed + 4);
      ttlSeconds = Math.min(ttlSeconds, message.readUInt32BE(record.fixed + 4));
    }
    if (record.type === TYPE.SOA) {
      hasSoa = true;
      // The last field of a SOA is the negative TTL (RFC 2308).
      if (record.end - record.fixed >= 14) ttlSeconds = Math.min(ttlSeconds, message.readUInt32BE(record.end - 4));
    }
    offset = record.end;
  }
  return answers > 0 || hasSoa ? { offsets, ttlSeconds } : undefined;
}
