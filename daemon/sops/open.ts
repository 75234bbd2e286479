/**
 * Decrypts the documents of a file in memory: values in their places, the `sops` member gone, everything else (places, lines) as it was read. What
 * cannot be opened, or was changed, is a problem with its place and without any value.
 */

import { isObject } from '../base/json.ts';
import type { Leaf } from '../yaml/leaves.ts';
import { positionAt } from '../yaml/position.ts';
import { type ManifestDocument, positionOf, type ReadProblem, type ReadResult } from '../yaml/read.ts';
import type { Keyring } from './keyring.ts';
import { computeMac, isMacOf, type OpenLeaf } from './mac.ts';
import { type MetadataProblem, parseMetadata, type SopsMetadata } from './metadata.ts';
import { additionalData, decryptValue, isEncrypted, type Plain } from './value.ts';

/** An encrypted document that was opened. */
export interface OpenedDocument {
  readonly document: ManifestDocument;
  readonly metadata: SopsMetadata;
  readonly dataKey: Uint8Array;
  readonly leaves: readonly OpenLeaf[];
  /** Plain, without `sops`. */
  readonly value: Record<string, unknown>;
  /** Places of the values that are encrypted in the text. */
  readonly encrypted: readonly (readonly (string | number)[])[];
}

export interface OpenResult {
  readonly opened: readonly OpenedDocument[];
  readonly problems: readonly ReadProblem[];
}

export const isSealed = (document: Pick<ManifestDocument, 'leaves'>): boolean => document.leaves !== undefined;

/**
 * Documents with one and the same MAC were encrypted together, as `sops` does with all documents of a file.
 * `checked: false` leaves the MAC out, for those who are about to make it.
 */
export async function openDocuments(
  { documents }: Pick<ReadResult, 'documents'>,
  keyring: Keyring,
  checked = true,
): Promise<OpenResult> {
  const opened: OpenedDocument[] = [];
  const problems: ReadProblem[] = [];
  const together = Map.groupBy(documents.filter(isSealed), macTextOf);
  for (const group of together.values()) {
    const result = await openTogether(group, keyring, checked);
    opened.push(...result.opened);
    problems.push(...result.problems);
  }
  return { opened, problems };
}

const sopsOf = ({ value }: ManifestDocument): Record<string, unknown> =>
  (value as Record<string, Record<string, unknown>>)['sops']!;

const macTextOf = (document: ManifestDocument): string => String(sopsOf(document)['mac'] ?? document.index);

async function openTogether(
  group: readonly ManifestDocument[],
  keyring: Keyring,
  checked: boolean,
): Promise<OpenResult> {
  const first = group[0]!;
  const metadata = parseMetadata(sopsOf(first));
  if ('message' in metadata) return refuse(first, metadata);
  const dataKey = await keyring.unwrap(metadata.keys);
  if (!dataKey) return refuse(first, strangerProblem(metadata, keyring));
  const opened: OpenedDocument[] = [];
  const problems: ReadProblem[] = [];
  for (const document of group) {
    const one = openOne(document, metadata, dataKey);
    if ('problems' in one) problems.push(...one.problems);
    else opened.push(one);
  }
  if (problems.length > 0) return { opened: [], problems };
  if (!checked) return { opened, problems };
  const mac = computeMac(
    opened.flatMap(({ leaves }) => leaves),
    metadata,
  );
  if (isMacOf(mac, metadata, dataKey)) return { opened, problems };
  return refuse(first, {
    fieldPath: 'sops.mac',
    message: 'the MAC does not fit: the file was changed after it was encrypted',
    expected: 'changes made with `sops edit` or kubectl; or the plain file sealed again (reflet seal)',
  });
}

function strangerProblem({ keys }: SopsMetadata, { recipients }: Keyring): MetadataProblem {
  const names = keys.slice(0, 5).map(({ recipient }) => recipient.slice(0, 80));
  return {
    fieldPath: 'sops.age',
    message: `no key at hand opens it: it is encrypted for ${names.join(', ')}${keys.length > 5 ? ', …' : ''}`,
    expected:
      recipients.length > 0
        ? `${recipients[0]} among the recipients (sops updatekeys), or the identity in keys/age.txt`
        : 'an identity in keys/age.txt',
  };
}

function refuse(document: ManifestDocument, problem: MetadataProblem): { opened: []; problems: ReadProblem[] } {
  const { fieldPath, message, expected } = problem;
  const place = positionOf(document, fieldPath);
  const text = `the encrypted manifest cannot be opened: ${fieldPath}: ${message}`;
  return {
    opened: [],
    problems: [{ document: document.index, ...place, message: text, ...(expected ? { expected } : {}) }],
  };
}

function openOne(
  document: ManifestDocument,
  metadata: SopsMetadata,
  dataKey: Uint8Array,
): OpenedDocument | { problems: ReadProblem[] } {
  const { sops: _metadata, ...value } = structuredClone(document.value) as Record<string, unknown>;
  const leaves: OpenLeaf[] = [];
  const encrypted: (readonly (string | number)[])[] = [];
  const problems: ReadProblem[] = [];
  for (const leaf of document.leaves!) {
    if (leaf.path[0] === 'sops') continue;
    const wanted = metadata.isEncrypted(leaf.path) && !isNothing(leaf);
    if (!wanted) {
      leaves.push({ leaf, plain: undefined });
      continue;
    }
    const plain = openLeaf(leaf, dataKey);
    if (typeof plain === 'object')
      problems.push({ document: document.index, ...positionAt(document.lineStarts, leaf.at), ...plain });
    else {
      leaves.push({ leaf, plain });
      encrypted.push(leaf.place);
      setAt(value, leaf.place, plain);
    }
  }
  return problems.length > 0 ? { problems } : { document, metadata, dataKey, leaves, value, encrypted };
}

/** SOPS leaves null and empty text as they are. */
const isNothing = ({ text, plain }: Leaf): boolean => text === '' || (plain && /^(?:~|null|Null|NULL)$/.test(text));

function openLeaf({ text, path }: Leaf, dataKey: Uint8Array): Plain | { message: string; expected: string } {
  const name = path.join('.');
  if (path.includes('<<')) {
    return { message: `${name}: a merge key cannot hold encrypted values`, expected: 'the values written out' };
  }
  if (!isEncrypted(text)) {
    return {
      message: `${name}: this value is not encrypted, others of its kind are`,
      expected: '`sops edit` or `reflet seal`',
    };
  }
  const plain = decryptValue(text, dataKey, additionalData(path));
  return (
    plain ?? {
      message: `${name}: this value was changed, or belongs to another key`,
      expected: 'the value as it was encrypted',
    }
  );
}

function setAt(value: unknown, place: readonly (string | number)[], member: unknown): void {
  let at = value as Record<string | number, unknown>;
  for (const step of place.slice(0, -1)) {
    const next = Object.hasOwn(at, step) ? at[step] : undefined;
    if (!isObject(next) && !Array.isArray(next)) return;
    at = next as Record<string | number, unknown>;
  }
  const last = place.at(-1);
  if (last !== undefined && Object.hasOwn(at, last)) at[last] = member;
}
