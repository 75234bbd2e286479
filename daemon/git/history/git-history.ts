/**
 * The past as git and the ledger remember it: which commit was in force when, and the desired objects that it said. It only reads.
 *
 * Invariants: a commit is never seen half; what only the running cluster knew is not made up, and every answer says so; values of Secrets go only to
 * who may read Secrets, because whoever asks is authorized for the very verb before.
 */

import { insideCommit, type Past, type PastObjects } from '../../api/rest/past.ts';
import type { ReadEntry } from '../../api/rest/requests.ts';
import { tooLargeRevision } from '../../api/rest/revision.ts';
import { encodedEntry, readEntry } from '../../api/rest/view.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { expired, StatusError } from '../../base/status.ts';
import { nextTurn } from '../../base/turn.ts';
import { settled, toStored } from '../../kinds/conversion.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { DesiredObject } from '../desired-state.ts';
import type { GitEngine } from '../engine.ts';
import { type Allocation, isAllocatedTo } from '../ledger/allocations.ts';
import type { LedgerRange } from '../ledger/ledger.ts';
import { PLAN_SLICE_MS } from '../limits.ts';
import { asStored, type Given, type Identity, identityOf, pastEnvironment } from './as-stored.ts';
import { compareStates, type ObjectDifference, toDifference } from './compare.ts';
import { type FieldSource, fieldSource } from './field-source.ts';
import { LineFinder } from './lines.ts';
import { findDrift, type LiveDrift } from './live-drift.ts';
import { commitOfName, parseMoment } from './moment.ts';
import { requireWhole, type Snapshot, Snapshots } from './snapshots.ts';

/** A moment of the past, found. */
export interface Moment {
  readonly commit: string;
  /** What it stands for: the revision that was asked for, or the last of the commit's own; undefined when it never came into force itself. */
  readonly revision: number | undefined;
  /** When the commit came into force; milliseconds since the epoch. */
  readonly timeMs: number | undefined;
  /** The last of its own revisions. */
  readonly lastRevision: number | undefined;
}

/** Kinds that nobody writes into git: controllers and nodes make them. Asked for where a commit names none, they are gone, not absent. */
const RUNTIME_KINDS: ReadonlySet<string> = new Set([
  'pods',
  'nodes',
  'events',
  'leases',
  'endpoints',
  'endpointslices',
  'replicasets',
  'controllerrevisions',
]);

/** `core.abbrev` is hardly ever less. */
const SHORT_COMMIT_LENGTH_MIN = 7;

export class GitHistory implements Past {
  readonly #engine: GitEngine;
  readonly #snapshots: Snapshots;
  /** Objects as they would have been stored, made once a snapshot. */
  readonly #made = new WeakMap<Snapshot, Map<string, ReadEntry>>();

  constructor(engine: GitEngine) {
    this.#engine = engine;
    this.#snapshots = new Snapshots(engine);
  }

  /** `text`: a commit, ref, time or revision (`moment.ts`). Throws 400, 404, 410, 504. */
  async find(text: string): Promise<Moment> {
    const { clock } = this.#engine.options;
    const written = parseMoment(text, clock.now());
    if (written.form === 'revision') return this.#atNumber(text.trim(), written.revision);
    if (written.form === 'time') {
      const entry = this.#engine.ledger.atTime(written.timeMs);
      if (!entry) throw expired(`nothing is known of what was in force at ${text}`);
      return momentOf(entry);
    }
    return this.#ofName(written.name);
  }

  async #ofName(name: string): Promise<Moment> {
    await this.#engine.settled();
    const commit = await commitOfName(this.#engine.options.repository, name);
    const entry = this.#engine.ledger.byCommit(commit);
    return entry ? momentOf(entry) : { commit, revision: undefined, timeMs: undefined, lastRevision: undefined };
  }

  /** One of thirty commits is written in digits alone when git shortens it: what is no revision may be such a one. */
  async #atNumber(text: string, revision: number): Promise<Moment> {
    try {
      return this.atRevision(revision);
    } catch (error) {
      if (text.length < SHORT_COMMIT_LENGTH_MIN) throw error;
      return this.#ofName(text).catch(() => {
        throw error;
      });
    }
  }

  /** What is in force now. Throws 404 before the first commit. */
  present(): Moment {
    const { commit } = this.#engine.state;
    if (commit === undefined) throw new StatusError(404, 'NotFound', 'no commit is in force yet');
    const entry = this.#engine.ledger.byCommit(commit);
    return entry ? momentOf(entry) : { commit, revision: undefined, timeMs: undefined, lastRevision: undefined };
  }

  inside(revision: number): { first: number; last: number } | undefined {
    const range = this.#engine.ledger.inside(revision);
    return range && { first: range.firstRevision, last: range.lastRevision };
  }

  /** The commit in force at a revision. Throws 410 inside a commit and before the first that is known, 504 in the future. */
  atRevision(revision: number): Moment {
    const { store } = this.#engine.options;
    if (revision > store.revision) throw tooLargeRevision(revision, store.revision);
    const cut = this.inside(revision);
    if (cut) throw insideCommit(revision, cut);
    const entry = this.#engine.ledger.atRevision(revision);
    if (!entry)
      throw expired(`which commit was in force at revision ${revision} is not known (any more): it is too old`);
    return { ...momentOf(entry), revision };
  }

  /** What `to` says otherwise than `from`. Throws 422 when one of them cannot be read whole. */
  async compare(from: Moment, to: Moment, namespace?: string): Promise<ObjectDifference[]> {
    const [before, after] = [await this.#snapshots.read(from.commit), await this.#snapshots.read(to.commit)];
    for (const snapshot of [before, after]) requireWhole(snapshot);
    const lines = new LineFinder(this.#engine);
    const differences: ObjectDifference[] = [];
    for (const { change, object, old, fields } of compareStates(before.state, after.state, namespace)) {
      differences.push(toDifference(object, change, await lines.addTo(fields, object, old)));
    }
    return differences;
  }

  /** What lives otherwise than git says. */
  drift(options: { namespace?: string; foreign: boolean }): Promise<LiveDrift> {
    return findDrift(this.#engine, new LineFinder(this.#engine), options);
  }

  /** Who says a field of an object; `key`: of the store. */
  fieldSource(key: string, path: string): Promise<FieldSource> {
    return fieldSource(this.#engine, key, path);
  }

  async objectsAt(kind: Kind, revision: number): Promise<PastObjects> {
    return this.objectsOf(kind, this.atRevision(revision));
  }

  /** The objects of a kind that a commit says. Throws 410 for kinds that are never in git. */
  async objectsOf(kind: Kind, moment: Moment): Promise<PastObjects> {
    const snapshot = await this.#snapshots.read(moment.commit);
    const { group, plural } = kind.resource;
    const of = [...snapshot.state.objects.values()]
      .filter(({ names }) => names.kind.resource.group === group && names.kind.resource.plural === plural)
      .sort((a, b) => (a.names.storeKey < b.names.storeKey ? -1 : 1));
    if (of.length === 0 && RUNTIME_KINDS.has(plural)) {
      throw expired(
        `${plural} are not kept in git: of ${describeMoment(moment)} only desired objects are known, and it names none of these`,
      );
    }
    const entries = await this.#entries(snapshot, moment, of);
    return {
      objects: await Promise.all(
        of.map(async ({ names }, at) => ({
          key: names.storeKey,
          entry: await inVersion(kind, names.kind, entries[at]!),
        })),
      ),
      warnings: [warningOf(moment)],
    };
  }

  async #entries(snapshot: Snapshot, moment: Moment, objects: readonly DesiredObject[]): Promise<ReadEntry[]> {
    const { admission, clock } = this.#engine.options;
    const made = this.#made.get(snapshot) ?? new Map<string, ReadEntry>();
    this.#made.set(snapshot, made);
    const environment = pastEnvironment(admission.environment, snapshot.state, moment.timeMs);
    const view = { environment, admitManifest: admission.admitManifest, revision: moment.lastRevision };
    const given = await this.#given(moment, objects);
    let sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
    const entries: ReadEntry[] = [];
    for (const object of objects) {
      const { storeKey } = object.names;
      const madeKey = `${moment.lastRevision} ${storeKey}`; // a commit may come into force twice
      const known = made.get(madeKey) ?? encodedEntry(asStored(view, object, given(storeKey)));
      made.set(madeKey, known);
      entries.push(known);
      if (clock.monotonic() < sliceEnds) continue;
      await nextTurn();
      sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
    }
    return entries;
  }

  /** Who the objects were: those that still live by what they are now, others by the ledger; and what Services were given, by the ledger. */
  async #given(moment: Moment, objects: readonly DesiredObject[]): Promise<(key: string) => Given> {
    const { revision, timeMs } = moment;
    const { store } = this.#engine.options;
    const identities = new Map<string, Identity>();
    const allocations = new Map<string, Allocation>();
    const unknown = new Set<string>();
    const unallocated = new Set(objects.map(({ names }) => names.storeKey).filter(isAllocatedTo));
    for (const { names } of objects) {
      const { uid, creationTimestamp } = store.get(names.storeKey)?.value.metadata ?? {};
      const isOlder = timeMs !== undefined && parseTime(creationTimestamp ?? '') <= timeMs;
      if (uid && creationTimestamp && isOlder) identities.set(names.storeKey, { uid, creationTimestamp });
      else unknown.add(names.storeKey);
    }
    const given = (key: string): Given => ({ identity: identities.get(key), allocation: allocations.get(key) });
    if (revision === undefined || unknown.size + unallocated.size === 0) return given;
    for await (const entry of this.#engine.ledger.entries()) {
      if (entry.lastRevision > revision) continue;
      for (const [key, uid] of Object.entries(entry.uids)) {
        if (unknown.delete(key)) identities.set(key, identityOf(uid, entry.timeMs));
      }
      for (const [key, allocation] of Object.entries(entry.allocations ?? {})) {
        if (unallocated.delete(key)) allocations.set(key, allocation);
      }
      if (unknown.size + unallocated.size === 0) break;
    }
    return given;
  }
}

/** What a manifest says in one version, as another shows it. */
async function inVersion(kind: Kind, said: Kind, entry: ReadEntry): Promise<ReadEntry> {
  if (kind === said) return entry;
  const stored = await toStored(said, entry.value);
  return settled(() => readEntry(kind, encodedEntry(stored)));
}

function momentOf({ commit, lastRevision, timeMs }: LedgerRange): Moment {
  return { commit, revision: lastRevision, timeMs, lastRevision };
}

/** `commit 1f3c2ab9d0e7 (in force since 2026-01-01T00:00:00Z)` */
function describeMoment({ commit, timeMs }: Moment): string {
  return `commit ${commit.slice(0, 12)}${timeMs === undefined ? '' : ` (in force from ${formatTime(timeMs)})`}`;
}

function warningOf(moment: Moment): string {
  const never = moment.timeMs === undefined ? ', which never came into force by itself' : '';
  return `these are the desired objects of ${describeMoment(moment)}${never}, from git: status and objects that are not in git are not known`;
}
