/**
 * A log whose values under some keys are encrypted at rest (AES-256-GCM): what lies on the disk, and in copies of it, tells nothing without the key file.
 * Around any log; the store above sees plain values.
 *
 * Invariants: a value is bound to its key and revision, so that none can be put in another's place; values that were written plain are read on.
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Batch, Log, LogOperation, Snapshot, SnapshotEntry } from './log.ts';

export interface ValueEncryption {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Which keys' values are encrypted. */
  covers(key: string): boolean;
}

/** `[version][nonce 12][tag 16][cipher text]`; plain values are JSON and begin with `{`. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

export function encryptLog(log: Log, encryption: ValueEncryption): Log {
  return {
    append: (batch, sequence) => log.append(mapBatch(batch, encryption, encrypt), sequence),
    async *read() {
      for await (const part of log.read()) {
        if ('snapshot' in part) yield { snapshot: mapSnapshot(part.snapshot, encryption, decrypt) };
        else yield { ...part, batch: mapBatch(part.batch, encryption, decrypt) };
      }
    },
    snapshot: (snapshot) => log.snapshot(mapSnapshot(snapshot, encryption, encrypt)),
    close: () => log.close(),
  };
}

type Change = (value: Uint8Array, encryption: ValueEncryption, key: string, revision: number) => Uint8Array;

function mapBatch(batch: Batch, encryption: ValueEncryption, change: Change): Batch {
  if (!batch.operations.some(({ key }) => encryption.covers(key))) return batch;
  const operations = batch.operations.map((operation): LogOperation => {
    const { key, revision, value } = operation;
    return value && encryption.covers(key)
      ? { ...operation, value: change(value, encryption, key, revision) }
      : operation;
  });
  return { ...batch, operations };
}

const mapSnapshot = (snapshot: Snapshot, encryption: ValueEncryption, change: Change): Snapshot => ({
  ...snapshot,
  entries: mapEntries(snapshot.entries, encryption, change),
});

function* mapEntries(
  entries: Iterable<SnapshotEntry>,
  encryption: ValueEncryption,
  change: Change,
): Generator<SnapshotEntry> {
  for (const entry of entries) {
    const { key, modRevision, value } = entry;
    yield encryption.covers(key) ? { ...entry, value: change(value, encryption, key, modRevision) } : entry;
  }
}

const boundTo = (key: string, revision: number): Buffer => Buffer.from(`${key}\0${revision}`);

function encrypt(value: Uint8Array, { key: secret }: ValueEncryption, key: string, revision: number): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(boundTo(key, revision));
  const data = Buffer.concat([cipher.update(value), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), data]);
}

function decrypt(value: Uint8Array, { key: secret }: ValueEncryption, key: string, revision: number): Uint8Array {
  if (value[0] !== VERSION) return value;
  const decipher = createDecipheriv('aes-256-gcm', secret, value.subarray(1, 1 + NONCE_BYTES));
  decipher.setAAD(boundTo(key, revision)).setAuthTag(value.subarray(1 + NONCE_BYTES, HEAD_BYTES));
  try {
    return Buffer.concat([decipher.update(value.subarray(HEAD_BYTES)), decipher.final()]);
  } catch (error) {
    throw new Error(`store: ${key} cannot be decrypted: keys/store.key is not the one that it was written with`, {
      cause: error,
    });
  }
}
