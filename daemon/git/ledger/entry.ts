/**
 * What the ledger says of one publication, how a store record carries it, and how it lies in the ledger's file. Pure.
 */

import type { Kept } from '../../store/store.ts';
import type { Allocation } from './allocations.ts';

/** What is kept in memory of every entry. */
export interface LedgerRange {
  readonly commit: string;
  /** In force before it; undefined: nothing was. */
  readonly parent: string | undefined;
  /** The revisions that it took. None when it changed no object: then `firstRevision` is `lastRevision + 1`. */
  readonly firstRevision: number;
  /** With this revision the commit was in force. */
  readonly lastRevision: number;
  /** When it came into force; milliseconds since the epoch; never before its predecessor's. */
  readonly timeMs: number;
}

export interface LedgerEntry extends LedgerRange {
  /** Who pushed it, or wrote through the API. */
  readonly user: string;
  /** Store key → uid of the objects that it created. */
  readonly uids: Readonly<Record<string, string>>;
  /** Store key → addresses and ports of the Services that it wrote. */
  readonly allocations?: Readonly<Record<string, Allocation>>;
}

/** One commit of a publication, as its record carries it. */
export interface PublishedCommit {
  commit: string;
  parent: string | null;
  /** Where its revisions begin in those of the store commit, and how many there are. */
  offset: number;
  revisions: number;
  timeMs: number;
  user: string;
  uids: Record<string, string>;
  allocations?: Record<string, Allocation>;
}

/** `JsonRecord.keep` of a publication: its commits (API writes make several at once), oldest first. */
export interface PublishedCommits {
  /** Of the whole store commit. */
  revisions: number;
  commits: readonly PublishedCommit[];
}

/** An entry and the store commit that it came with. */
export interface NumberedEntry {
  sequence: number;
  /** How many more entries that commit has after this one. */
  more: number;
  entry: LedgerEntry;
}

export function entriesOf({ sequence, revision, keep }: Kept): NumberedEntry[] {
  const { revisions, commits } = keep as PublishedCommits;
  const before = revision - revisions;
  return commits.map(({ offset, revisions: taken, parent, ...entry }, index) => ({
    sequence,
    more: commits.length - 1 - index,
    entry: {
      ...entry,
      parent: parent ?? undefined,
      firstRevision: before + offset + 1,
      lastRevision: before + offset + taken,
    },
  }));
}

/** One line of the file. */
export function encodeEntry({ sequence, more, entry }: NumberedEntry): Buffer {
  return Buffer.from(`${JSON.stringify({ sequence, more, ...entry })}\n`);
}

/** Undefined for a line that is none (damaged). */
export function decodeEntry(line: string): NumberedEntry | undefined {
  try {
    const { sequence, more, ...entry } = JSON.parse(line) as { sequence: number; more: number } & LedgerEntry;
    const { commit, firstRevision, lastRevision, timeMs } = entry;
    const numbers = [sequence, more, firstRevision, lastRevision, timeMs];
    if (!numbers.every(Number.isSafeInteger) || !/^[0-9a-f]{40}$/.test(commit)) return undefined;
    return { sequence, more, entry: { ...entry, parent: entry.parent ?? undefined } };
  } catch {
    return undefined;
  }
}
