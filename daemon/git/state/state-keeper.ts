/**
 * Keeps `refs/reflet/state` up with the cluster: the ledger, and an encrypted checkpoint of every object. In the background, coalesced, only the parts
 * that changed.
 *
 * Invariants: what is written is one moment's state (captured in one turn); the objects are durable before a ref names them; never on the way of a
 * write. Commits are never lost with it: they are in the branch. What is lost when process and disk go together are runtime changes of the last
 * `STATE_DELAY_MS` (under load: `STATE_REST_FACTOR` times as long as a checkpoint takes, at most `STATE_REST_MS_MAX`, and the checkpoint itself).
 */

import { createHash } from 'node:crypto';
import type { Ids } from '../../base/clock.ts';
import type { StoreEvent } from '../../store/store.ts';
import type { GitEngine } from '../engine.ts';
import { runGit } from '../git-command.ts';
import { lastPublication } from '../recover.ts';
import { createRefUpdater, type RefMove, type RefUpdater } from '../ref-updater.ts';
import { readRef } from '../repository.ts';
import { encodeCommit, type LooseObjects, makeObject, storeInBackground } from '../write-back/loose-objects.ts';
import { editTree } from '../write-back/tree-edit.ts';
import { LedgerSegments } from './ledger-segments.ts';
import {
  STATE_DELAY_MS,
  STATE_GARBAGE_AGE,
  STATE_GARBAGE_MAX,
  STATE_PARTS_IN_FLIGHT,
  STATE_REST_FACTOR,
  STATE_REST_MS_MAX,
  STATE_RETRY_MS,
} from './limits.ts';
import { encodePart, isKept, isWorthKeeping, type KeptObject, partOf } from './parts.ts';
import { isComplete, readStateIndex } from './read-state.ts';
import { clearDamagedState } from './repair.ts';
import { type StateKey, seal } from './sealed.ts';
import {
  IN_FORCE_REF,
  INDEX_FILE,
  README_FILE,
  README_TEXT,
  STATE_BEFORE_REF,
  STATE_REF,
  type StateIndex,
} from './state-index.ts';

export interface StateKeeper {
  /** Resolves when all that has happened so far is in the repository. Rejects when it cannot be written. */
  flush(): Promise<void>;
  /** A last checkpoint, then no more. Never rejects. */
  stop(): Promise<void>;
}

/** One moment of the cluster. */
interface Captured {
  commit: string | undefined;
  revision: number;
  order: StateIndex['order'];
  parts: Map<string, KeptObject[]>;
}

/** `moved`: called when a checkpoint stands in the repository. */
export async function startStateKeeper(
  engine: GitEngine,
  key: StateKey,
  ids: Ids,
  moved: () => void,
): Promise<StateKeeper> {
  const keeper = new Keeper(engine, key, ids, moved);
  await keeper.start();
  return keeper;
}

class Keeper implements StateKeeper {
  readonly #engine: GitEngine;
  readonly #key: StateKey;
  readonly #ids: Ids;
  readonly #moved: () => void;
  readonly #segments: LedgerSegments;
  readonly #updater: RefUpdater;
  /** Keys by part, as of the last capture. */
  readonly #keys = new Map<string, Set<string>>();
  readonly #changed = new Set<string>();
  /** Path → blob id, of what the ref holds. */
  #files = new Map<string, string>();
  #digests = new Map<string, string>();
  #commit: string | undefined;
  /** The ref holds what `#files` says. */
  #isIntact = false;
  #garbage = 0;
  #isDue = false;
  #isStopped = false;
  #writing: Promise<void> | undefined;
  #cancel = () => {};
  #unsubscribe = () => {};

  constructor(engine: GitEngine, key: StateKey, ids: Ids, moved: () => void) {
    this.#engine = engine;
    this.#key = key;
    this.#ids = ids;
    this.#moved = moved;
    this.#segments = new LedgerSegments(engine.ledger);
    const { repository, clock } = engine.options;
    this.#updater = createRefUpdater(repository, clock, 'reflet: checkpoint');
  }

  async start(): Promise<void> {
    const { store } = this.#engine.options;
    await this.#takeUp();
    for (const { key } of store.range('/registry/').entries) this.#changed.add(key);
    this.#unsubscribe = store.subscribe('/registry/', store.revision, { events: (batch) => this.#note(batch) });
    this.#engine.onPublished(() => this.#schedule());
    this.#schedule();
  }

  /** What the ref holds is built upon; when it is damaged it is cleared away and written anew. */
  async #takeUp(): Promise<void> {
    const { repository, log } = this.#engine.options;
    const { reader } = this.#engine;
    try {
      const present = await readStateIndex(repository, reader, this.#key);
      if (!present) return;
      if (!(await isComplete(reader, present.index))) throw new Error('a part of it is missing or damaged');
      this.#commit = present.commit;
      this.#files = new Map(Object.entries(present.index.files));
      this.#digests = new Map(Object.entries(present.index.digests));
      this.#isIntact = true;
    } catch (error) {
      log.warn(
        { error: (error as Error).message },
        'the checkpoint in the repository cannot be used; it is written anew',
      );
      await clearDamagedState(repository);
    }
  }

  #note(batch: readonly StoreEvent[]): void {
    let isWorth = false;
    for (const event of batch) {
      if (!isKept(event.key)) continue;
      this.#changed.add(event.key);
      isWorth ||= isWorthKeeping(event);
    }
    if (isWorth) this.#schedule();
  }

  #schedule(delayMs = STATE_DELAY_MS): void {
    if (this.#isDue || this.#isStopped) return;
    this.#isDue = true;
    if (this.#writing) return; // looked at when that one has ended
    this.#cancel = this.#engine.options.clock.after(delayMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#engine.options;
    const began = clock.monotonic();
    let restMs = STATE_RETRY_MS;
    try {
      await this.#writeOnce();
      restMs = Math.min((clock.monotonic() - began) * STATE_REST_FACTOR, STATE_REST_MS_MAX);
    } catch (error) {
      this.#isDue = true;
      log.warn({ error: String(error) }, 'the checkpoint could not be written; will retry');
    }
    if (this.#isStopped || !this.#isDue) return;
    this.#isDue = false;
    this.#schedule(Math.max(STATE_DELAY_MS, restMs));
  }

  /** One at a time. */
  async #writeOnce(): Promise<void> {
    while (this.#writing) await this.#writing.catch(() => {});
    this.#isDue = false;
    this.#writing = this.#write();
    try {
      await this.#writing;
    } finally {
      this.#writing = undefined;
    }
  }

  async flush(): Promise<void> {
    this.#cancel();
    await this.#writeOnce();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe();
    await this.flush().catch((error: unknown) =>
      this.#engine.options.log.warn({ error: String(error) }, 'the last checkpoint could not be written'),
    );
    this.#updater.close();
  }

  #capture(): Captured {
    const { store } = this.#engine.options;
    const touched = new Set<string>();
    for (const key of this.#changed) {
      if (!isKept(key)) continue;
      const part = partOf(key);
      const keys = this.#keys.get(part) ?? new Set();
      if (store.get(key)) keys.add(key);
      else keys.delete(key);
      this.#keys.set(part, keys);
      touched.add(part);
    }
    this.#changed.clear();
    const parts = new Map<string, KeptObject[]>();
    for (const part of touched) {
      parts.set(
        part,
        [...this.#keys.get(part)!].sort().map((key) => ({ key, json: store.get(key)!.json })),
      );
    }
    return {
      commit: this.#engine.state.commit,
      revision: store.revision,
      order: lastPublication(store)?.order,
      parts,
    };
  }

  async #write(): Promise<void> {
    const captured = this.#capture();
    try {
      await this.#writeCaptured(captured);
    } catch (error) {
      for (const objects of captured.parts.values()) for (const { key } of objects) this.#changed.add(key);
      for (const part of captured.parts.keys()) this.#digests.delete(part);
      throw error;
    }
  }

  async #writeCaptured(captured: Captured): Promise<void> {
    const objects: LooseObjects = new Map();
    const edits = await this.#sealParts(captured.parts, objects);
    const { files, paths } = await this.#segments.take();
    for (const [path, content] of files) edits.set(path, makeObject(objects, 'blob', content));
    for (const path of this.#files.keys())
      if (path.startsWith('ledger/') && !paths.has(path)) edits.set(path, undefined);
    const next = new Map(this.#files);
    for (const [path, id] of edits) {
      if (id === undefined) next.delete(path);
      else next.set(path, id);
    }
    const isSame = [...edits].every(([path, id]) => this.#files.get(path) === id);
    if (isSame && this.#isIntact) return;
    await this.#store(captured, next, objects);
  }

  /** New blobs of the parts whose content differs; an empty part has no file. */
  async #sealParts(
    parts: ReadonlyMap<string, readonly KeptObject[]>,
    objects: LooseObjects,
  ): Promise<Map<string, string | undefined>> {
    const edits = new Map<string, string | undefined>();
    const waiting = [...parts];
    const work = async () => {
      for (let one = waiting.pop(); one; one = waiting.pop()) {
        const [path, kept] = one;
        const content = encodePart(kept);
        const digest = createHash('sha256').update(content).digest('base64');
        if (this.#digests.get(path) === digest && this.#files.has(path)) continue;
        if (kept.length === 0) this.#digests.delete(path);
        else this.#digests.set(path, digest);
        edits.set(
          path,
          kept.length === 0 ? undefined : makeObject(objects, 'blob', await seal(this.#key, path, content)),
        );
      }
    };
    await Promise.all(Array.from({ length: STATE_PARTS_IN_FLIGHT }, work));
    return edits;
  }

  async #store(captured: Captured, files: Map<string, string>, objects: LooseObjects): Promise<void> {
    const { repository, clock } = this.#engine.options;
    const timeMs = clock.now();
    const { commit, revision, order } = captured;
    const index: StateIndex = {
      version: 1,
      ...(commit === undefined ? {} : { commit }),
      revision,
      timeMs,
      ...(order ? { order } : {}),
      files: Object.fromEntries(files),
      digests: Object.fromEntries(this.#digests),
    };
    const sealed = await seal(this.#key, INDEX_FILE, Buffer.from(JSON.stringify(index)));
    const all = new Map<string, string | undefined>(files);
    all.set(INDEX_FILE, makeObject(objects, 'blob', sealed));
    all.set(README_FILE, makeObject(objects, 'blob', Buffer.from(README_TEXT)));
    const write = (content: Buffer) => makeObject(objects, 'tree', content);
    const root = await editTree({ read: async () => Buffer.alloc(0), write }, undefined, all);
    const signature = { name: 'reflet', email: 'reflet@reflet', timestamp: Math.floor(timeMs / 1000) };
    const encoded = encodeCommit({
      tree: root!,
      parent: undefined,
      message: `State at revision ${revision}\n`,
      author: signature,
      committer: signature,
    });
    const id = makeObject(objects, 'commit', encoded);
    await storeInBackground(repository.gitDir, objects, this.#ids);
    await this.#engine.settled(); // what is in force is in the repository before a checkpoint says so
    await this.#moveRefs(id, commit);
    this.#moved();
    this.#garbage += objects.size;
    this.#commit = id;
    this.#files = files;
    this.#isIntact = true;
    await this.#collectGarbage();
  }

  async #moveRefs(to: string, inForce: string | undefined): Promise<void> {
    const before = this.#commit;
    const moves: RefMove[] = [{ ref: STATE_REF, from: before, to }];
    if (before !== undefined) moves.push({ ref: STATE_BEFORE_REF, from: 'any', to: before });
    if (inForce !== undefined) moves.push({ ref: IN_FORCE_REF, from: 'any', to: inForce });
    if (await this.#updater.move(moves)) return;
    this.#commit = await readRef(this.#engine.options.repository, STATE_REF); // the next try begins there
    throw new Error(`${STATE_REF} was moved by somebody else`);
  }

  /** git removes what no ref names any more; a repository that is not ours is left to its owner's git. */
  async #collectGarbage(): Promise<void> {
    const { repository } = this.#engine.options;
    if (this.#garbage < STATE_GARBAGE_MAX || !repository.hosted) return;
    this.#garbage = 0;
    await runGit(repository, ['prune', `--expire=${STATE_GARBAGE_AGE}`]).catch(() => {});
  }
}
