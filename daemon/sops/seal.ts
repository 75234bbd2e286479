/**
 * Encrypts a document of a file, and edits an encrypted one, by splicing text: everything else keeps its bytes, and so does the cipher text of every
 * value that does not change. The result is opened again and must say exactly what was wanted; otherwise nothing is returned.
 *
 * Values leave this file only encrypted.
 */

import { randomBytes } from 'node:crypto';
import { formatTime } from '../base/clock.ts';
import { deepEqual } from '../base/json.ts';
import { type EditResult, editManifest, type ListKeys } from '../yaml/edit.ts';
import { readManifests } from '../yaml/read.ts';
import { encryptComments } from './comments.ts';
import { encryptObject, identityOf, type ValueCipher } from './encrypt.ts';
import { type Keyring, wrapDataKey } from './keyring.ts';
import { computeMac, encryptMac } from './mac.ts';
import type { WrappedKey } from './metadata.ts';
import { type OpenedDocument, openDocuments } from './open.ts';

type Json = Record<string, unknown>;

export interface SealOptions {
  /** Who can open it; at least one. */
  readonly recipients: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly listKeys?: ListKeys;
}

/** What a Secret's values stand under. */
const SECRET_REGEX = '^(data|stringData)$';
/** The version of the form that is written, as `sops` checks it. */
const FORM_VERSION = '3.10.2';

const isUnderSecretData = (path: readonly string[]): boolean =>
  path.some((name) => name === 'data' || name === 'stringData');

const nonce = (): Uint8Array => randomBytes(32);
const BEGIN = { line: 1, column: 1 };

/**
 * Encrypts the values of a plain document below `data` and `stringData`. `wanted`: what it shall say, plain; without it, what it says.
 */
export async function sealDocument(
  text: string,
  index: number,
  wanted: Readonly<Json> | undefined,
  options: SealOptions,
): Promise<EditResult> {
  const dataKey = randomBytes(32);
  const plain = valueAt(text, index);
  if (!plain) return { refusal: `the file has no document ${index + 1}`, position: BEGIN };
  const cipher: ValueCipher = { dataKey, isEncrypted: isUnderSecretData, nonce, before: new Map() };
  const commented = encryptComments(text, index, cipher);
  const sops = {
    age: entriesOf(await wrapDataKey(dataKey, options.recipients)),
    lastmodified: formatTime(options.now),
    mac: 'not yet',
    encrypted_regex: SECRET_REGEX,
    version: FORM_VERSION,
  };
  const sealed = { ...encryptObject(cipher, wanted ?? plain), sops };
  return finish(
    commented,
    index,
    { present: plain, sealed, wanted: wanted ?? plain, dataKey, group: [index] },
    options,
  );
}

/** Changes an encrypted document to say `wanted` (plain). The data key stays; recipients that it lacks are added. */
export async function editSealed(
  text: string,
  index: number,
  wanted: Readonly<Json>,
  keyring: Keyring,
  options: SealOptions,
): Promise<EditResult> {
  const { opened, problems } = await openDocuments(readManifests(text), keyring);
  if (problems[0]) return { refusal: problems[0].message, position: problems[0] };
  const one = opened.find(({ document }) => document.index === index);
  if (!one) return { refusal: 'the document is not encrypted', position: BEGIN };
  const { dataKey, metadata } = one;
  if (deepEqual(one.value, wanted)) return { text };
  const cipher: ValueCipher = { dataKey, isEncrypted: metadata.isEncrypted, nonce, before: cipherTextsOf(one) };
  const present = one.document.value as Json;
  const sops = await withRecipients(one, options.recipients);
  const sealed = { ...encryptObject(cipher, wanted), sops };
  const group = opened.filter((other) => other.metadata.mac === metadata.mac).map(({ document }) => document.index);
  return finish(text, index, { present, sealed, wanted, dataKey, group }, options);
}

/** Encrypts an encrypted document anew: a new data key, and exactly these recipients. Documents sealed together are to be rotated together. */
export async function rotateSealed(text: string, keyring: Keyring, options: SealOptions): Promise<EditResult> {
  const { opened, problems } = await openDocuments(readManifests(text), keyring);
  if (problems[0]) return { refusal: problems[0].message, position: problems[0] };
  let result = text;
  for (const group of Map.groupBy(opened, ({ metadata }) => metadata.mac).values()) {
    const dataKey = randomBytes(32);
    const { isEncrypted } = group[0]!.metadata;
    const age = entriesOf(await wrapDataKey(dataKey, options.recipients));
    for (const { document, value } of group) {
      const present = document.value as Json;
      const sealed = encryptObject({ dataKey, isEncrypted, nonce, before: new Map() }, value);
      const edited = editOne(
        result,
        document.index,
        present,
        { ...sealed, sops: { ...sopsOf(present), age } },
        options,
      );
      if ('refusal' in edited) return edited;
      result = edited.text;
    }
    const edited = await finish(
      result,
      group[0]!.document.index,
      {
        present: undefined,
        sealed: undefined,
        wanted: group[0]!.value,
        dataKey,
        group: group.map(({ document }) => document.index),
      },
      options,
    );
    if ('refusal' in edited) return edited;
    result = edited.text;
  }
  return { text: result };
}

/** The MAC of documents that were encrypted together, one of which was taken out of the file. `mac`: what they carry. */
export async function refreshMac(
  text: string,
  mac: string,
  keyring: Keyring,
  options: SealOptions,
): Promise<EditResult> {
  const { documents } = readManifests(text);
  const group = documents.filter(({ value, leaves }) => leaves && sopsOf(value as Json)['mac'] === mac);
  if (group.length === 0) return { text };
  const keys = sopsOf(group[0]!.value as Json)['age'] as WrappedKey[];
  const dataKey = await keyring.unwrap(keys);
  if (!dataKey) return { refusal: 'no key at hand opens the other documents of the file', position: group[0]! };
  const indices = group.map(({ index }) => index);
  return finish(
    text,
    indices[0]!,
    { present: undefined, sealed: undefined, wanted: undefined, dataKey, group: indices },
    options,
  );
}

interface Sealing {
  /** The document as it is and as it shall be, encrypted, its MAC aside; undefined: only the MAC is to be made. */
  readonly present: Readonly<Json> | undefined;
  readonly sealed: Readonly<Json> | undefined;
  /** Plain, to check the result; undefined: whatever it says. */
  readonly wanted: Readonly<Json> | undefined;
  readonly dataKey: Uint8Array;
  /** All documents under one MAC. */
  readonly group: readonly number[];
}

/** Edits the document, then computes the MAC over what the text then is (its order decides), and checks everything. */
async function finish(text: string, index: number, sealing: Sealing, options: SealOptions): Promise<EditResult> {
  const { present, sealed, wanted, dataKey, group } = sealing;
  const edited = present && sealed ? editOne(text, index, present, sealed, options) : { text };
  if ('refusal' in edited) return edited;
  const signed = await withMac(edited.text, group, dataKey, options);
  if ('refusal' in signed) return signed;
  const check = await openDocuments(membersOf(signed.text, group), onlyKey(dataKey));
  const result = check.opened.find(({ document }) => document.index === index);
  if (result && (wanted === undefined || deepEqual(result.value, wanted))) return signed;
  return { refusal: 'the encrypted document could not be expressed in the style of this file', position: BEGIN };
}

async function withMac(
  text: string,
  group: readonly number[],
  dataKey: Uint8Array,
  options: SealOptions,
): Promise<EditResult> {
  const { opened, problems } = await openDocuments(membersOf(text, group), onlyKey(dataKey), false);
  if (problems[0] || opened.length !== group.length) {
    return { refusal: problems[0]?.message ?? 'the encrypted document cannot be read', position: problems[0] ?? BEGIN };
  }
  const lastmodified = formatTime(options.now);
  const mac = computeMac(
    opened.flatMap(({ leaves }) => leaves),
    opened[0]!.metadata,
  );
  const encrypted = encryptMac(mac, dataKey, lastmodified, nonce());
  let result: EditResult = { text };
  for (const { document } of opened) {
    if ('refusal' in result) return result;
    const present = document.value as Json;
    const sops = { ...sopsOf(present), lastmodified, mac: encrypted };
    result = editOne(result.text, document.index, present, { ...present, sops }, options);
  }
  return result;
}

function editOne(text: string, index: number, present: Readonly<Json>, wanted: Readonly<Json>, options: SealOptions) {
  const { listKeys } = options;
  return editManifest({ text, index, present, wanted, ...(listKeys ? { listKeys } : {}) });
}

/** A keyring of one data key, for the documents that it belongs to. */
const onlyKey = (dataKey: Uint8Array): Keyring => ({ recipients: [], unwrap: () => Promise.resolve(dataKey) });

const membersOf = (text: string, group: readonly number[]) => ({
  documents: readManifests(text).documents.filter(({ index }) => group.includes(index)),
});

function valueAt(text: string, index: number): Json | undefined {
  const document = readManifests(text).documents.find((one) => one.index === index);
  return document?.value as Json | undefined;
}

const sopsOf = (value: Readonly<Json>): Json => (value['sops'] ?? {}) as Json;

const entriesOf = (keys: readonly WrappedKey[]): Json[] => keys.map(({ recipient, enc }) => ({ recipient, enc }));

async function withRecipients(one: OpenedDocument, recipients: readonly string[]): Promise<Json> {
  const sops = sopsOf(one.document.value as Json);
  const present = new Set(one.metadata.keys.map(({ recipient }) => recipient));
  const lacking = recipients.filter((recipient) => !present.has(recipient));
  if (lacking.length === 0) return sops;
  return { ...sops, age: [...(sops['age'] as unknown[]), ...entriesOf(await wrapDataKey(one.dataKey, lacking))] };
}

function cipherTextsOf({ leaves }: OpenedDocument): Map<string, string> {
  return new Map(
    leaves.flatMap(({ leaf, plain }) => (plain === undefined ? [] : [[identityOf(leaf.path, plain), leaf.text]])),
  );
}
