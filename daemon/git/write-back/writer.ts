/**
 * The one writer of people's API writes: takes what is queued as a batch, makes one commit a write, and publishes the batch with one durable store
 * commit whose record carries the git objects. Acknowledged means durable; the repository follows in the background (`settle.ts`).
 *
 * Invariants: under the write lease, so that pushes and writes are one sequence; a write whose compare-and-swap fails leaves no commit; a batch
 * is in force whole or not at all.
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import { type JsonObject, keyOf, type ManagedFieldsEntry } from '../../base/object.ts';
import { asStatusError, serviceUnavailable } from '../../base/status.ts';
import type { SchemaSet } from '../../schema/node.ts';
import type { CommitResult, Operation } from '../../store/store.ts';
import type { GitEngine } from '../engine.ts';
import type { Lease } from '../lease.ts';
import type { PublishedCommit, PublishedCommits } from '../ledger/entry.ts';
import { LEASE_MS_MAX, UNSETTLED_BYTES_MAX, WRITE_BACK_BATCH_MAX, WRITE_BACK_QUEUE_MAX } from '../limits.ts';
import { GIT_MANAGER, type ManifestEditor } from '../ports.ts';
import { PUBLICATION, type PublicationRecord } from '../publish.ts';
import { withoutScaledReplicas } from '../scaled-replicas.ts';
import type { CommitChain } from './commit-chain.ts';
import { encodeLooseObjects, type LooseObjects } from './loose-objects.ts';
import { FileOverlay } from './overlay.ts';
import { transferOwnership } from './ownership.ts';
import { describeWrite, planFileChanges } from './plan-write.ts';
import { type Route, routeWrite } from './route.ts';
import type { Settler } from './settle.ts';
import { contentOfWrite, orderOfWrite, type WriteOrder, withOrder } from './write-order.ts';

export interface WriterOptions {
  engine: GitEngine;
  editor: ManifestEditor;
  schemas: SchemaSet;
  settler: Settler;
  chain: CommitChain;
}

interface Queued {
  write: PlannedWrite;
  resolve(result: CommitResult): void;
  reject(error: unknown): void;
}

/** A write that has its place in the batch. */
interface Placed {
  queued: Queued;
  operations: readonly Operation[];
  /** The commit that it became; undefined: it changed nothing in git. */
  commit?: string;
  order?: WriteOrder | undefined;
  content?: string | undefined;
  /** Ends what admission holds for it. */
  settle?(done: boolean): void;
}

export class Writer {
  readonly #options: WriterOptions;
  readonly #queue: Queued[] = [];
  #running = false;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Resolves as `Persistence.write` does. */
  write(write: PlannedWrite): Promise<CommitResult> {
    if (this.#queue.length >= WRITE_BACK_QUEUE_MAX) {
      return Promise.reject(serviceUnavailable('too many writes to the tracked branch are waiting'));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ write, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0) await this.#runBatch();
    } finally {
      this.#running = false;
    }
  }

  async #runBatch(): Promise<void> {
    const { engine, settler } = this.#options;
    let lease: Lease;
    try {
      if (settler.bytes > UNSETTLED_BYTES_MAX) await settler.settled();
      lease = await engine.lease.acquire(LEASE_MS_MAX);
    } catch (error) {
      const answer = serviceUnavailable(error instanceof Error ? error.message : String(error));
      for (const { reject } of this.#queue.splice(0)) reject(answer);
      return;
    }
    const batch = this.#queue.splice(0, WRITE_BACK_BATCH_MAX);
    try {
      await this.#publish(batch);
    } catch (error) {
      for (const { reject } of batch) reject(asStatusError(error));
    } finally {
      lease.release();
    }
  }

  /** Places, publishes and answers every write of the batch; those that a failed compare-and-swap takes out make the rest be placed again. */
  async #publish(batch: readonly Queued[]): Promise<void> {
    const { engine, settler, chain } = this.#options;
    const { state, own } = engine;
    if (settler.objects.size === 0) chain.forget();
    let open = [...batch];
    while (open.length > 0) {
      const refused = engine.refused;
      if (refused) throw serviceUnavailable(refusedTipMessage(refused.commit, refused.problems[0]?.message));
      const overlay = this.#overlay();
      const objects: LooseObjects = new Map();
      const { placed, tip } = await this.#place(open, overlay, objects);
      if (placed.length === 0) return;
      const operations = placed.flatMap((one) => one.operations);
      for (const operation of operations) if (operation.type === 'put') own.add(operation.value);
      const parent = state.commit;
      const moved = tip !== parent && tip !== undefined;
      const record = moved ? this.#record(tip, parent, placed, objects) : undefined;
      const result = await this.#commit(placed, operations, record);
      if (!result.ok) {
        open = dropFailed(placed, result);
        continue;
      }
      if (moved) {
        state.apply(overlay.candidate(tip));
        settler.add(parent, tip, objects);
      }
      answer(placed, result.revision, operations.length, result.entries);
      announce(engine, placed, parent, result.revision - operations.length);
      return;
    }
  }

  async #commit(
    placed: readonly Placed[],
    operations: readonly Operation[],
    record: PublicationRecord | undefined,
  ): Promise<CommitResult> {
    let done = false;
    try {
      const result = await this.#options.engine.options.store.commit(operations, record ? { record } : {});
      done = result.ok;
      return result;
    } finally {
      for (const { settle } of placed) settle?.(done);
    }
  }

  #overlay(): FileOverlay {
    const { engine, chain } = this.#options;
    const { folder, manifests, registry } = engine.options;
    return new FileOverlay({ state: engine.state, folder, manifests, registry, readBlob: (id) => chain.readBlob(id) });
  }

  /** Plans the writes one after the other; what cannot be done is answered here and left out. */
  async #place(
    open: readonly Queued[],
    overlay: FileOverlay,
    objects: LooseObjects,
  ): Promise<{ placed: Placed[]; tip: string | undefined }> {
    const { store } = this.#options.engine.options;
    const placed: Placed[] = [];
    const written = new Set<string>();
    let tip = this.#options.engine.state.commit;
    for (const queued of open) {
      const { operations } = queued.write;
      const failed = operations.findIndex(
        ({ key, expect }) =>
          written.has(key) || (expect !== undefined && expect !== (store.get(key)?.modRevision ?? 0)),
      );
      if (failed >= 0) {
        queued.resolve({ ok: false, failed, present: store.get(operations[failed]!.key) });
        continue;
      }
      const takeBack = overlay.mark();
      try {
        const one = await this.#placeOne(queued, overlay, objects, tip);
        placed.push(one.placed);
        tip = one.tip;
        for (const { key } of operations) written.add(key);
      } catch (error) {
        takeBack();
        queued.reject(asStatusError(error));
      }
    }
    return { placed, tip };
  }

  async #placeOne(
    queued: Queued,
    overlay: FileOverlay,
    objects: LooseObjects,
    tip: string | undefined,
  ): Promise<{ placed: Placed; tip: string | undefined }> {
    const { engine, editor, schemas, chain } = this.#options;
    const { write } = queued;
    const { manifests, clock } = engine.options;
    // The route may have changed while the write was waiting: a push may have taken the object in or out.
    const { secrets } = engine;
    const route: Route = routeWrite(write, engine.state, secrets.recipients.length > 0);
    if (route.to === 'runtime') return { placed: { queued, operations: write.operations }, tip };
    const now = clock.now();
    const sealing = { recipients: secrets.recipients, now };
    const tools = { manifests, editor, schemas, sealing, refusesPlainText: secrets.plainText === 'refuse' };
    const { texts, manifest, dropsFields, warning } = await planFileChanges(tools, overlay, write, route);
    if (warning) write.warn?.(warning);
    const held = engine.holds.texts.get(write.key);
    if (texts.size === 0)
      return { placed: { queued, operations: withOrder(write.operations, write, undefined, held) }, tip };
    const message = `${describeWrite(write)}\n\nThrough the API, by ${write.fieldManager || 'unknown'}.`;
    const { commit, blobs } = await chain.commit(objects, tip, texts, { message, author: write.user, now });
    for (const [path, text] of texts) await overlay.set(path, blobs.get(path), text);
    const candidate = overlay.candidate(commit, texts.keys());
    const order = orderOfWrite(engine, write, candidate);
    const content = contentOfWrite(engine, write, candidate);
    const placed = dropsFields ? this.#merged(write, manifest!) : { operations: this.#owned(write, manifest) };
    const operations = withOrder(placed.operations, write, order, held);
    return { placed: { queued, ...placed, operations, commit, order, content }, tip: commit };
  }

  /** The write's operations with the object merged with its file and admitted anew. Throws what the API answers when that is refused. */
  #merged(write: PlannedWrite, manifest: JsonObject): Pick<Placed, 'operations' | 'settle'> {
    const { admission } = this.#options.engine.options;
    const { key, next: live, user } = write;
    const { object, error, reservation } = admission.admitManifest(admission.environment, {
      object: manifest,
      live,
      user,
      manager: GIT_MANAGER,
    });
    if (error) throw error;
    const operations = write.operations.map((operation) =>
      operation.type === 'put' && operation.key === key ? { ...operation, value: object } : operation,
    );
    return { operations, settle: (done) => (done ? reservation.commit() : reservation.rollback()) };
  }

  /** The write's operations, with git owning what its file says. */
  #owned(write: PlannedWrite, manifest: JsonObject | undefined): readonly Operation[] {
    const { engine, schemas } = this.#options;
    const { clock, log } = engine.options;
    const { kind, key, next } = write;
    if (!next) return write.operations;
    let managedFields: ManagedFieldsEntry[] | undefined;
    try {
      // A person's own /scale is in the file now; a controller's stays with the controller.
      const keepsReplicas = !manifest || write.subresource === 'scale';
      const applied = keepsReplicas ? manifest : withoutScaledReplicas(kind, manifest, manifest, next);
      managedFields = transferOwnership({ kind, next, manifest: applied, schemas, now: clock.now() });
    } catch (error) {
      // The write itself was admitted; only who owns its fields could not be settled.
      log.warn({ key, error: String(error) }, 'field ownership could not be handed to git');
      return write.operations;
    }
    return write.operations.map((operation) =>
      operation.type === 'put' && operation.key === key
        ? { ...operation, value: { ...operation.value, metadata: { ...operation.value.metadata, managedFields } } }
        : operation,
    );
  }

  #record(
    commit: string,
    parent: string | undefined,
    placed: readonly Placed[],
    objects: LooseObjects,
  ): PublicationRecord {
    const { engine, settler } = this.#options;
    const keep = publishedCommits(placed, parent, engine.options.clock.now());
    return {
      type: PUBLICATION,
      commit,
      parent: parent ?? null,
      revisions: keep.revisions,
      keep,
      objects: encodeLooseObjects(new Map([...settler.objects, ...objects])),
    };
  }
}

/** For the ledger: each write that became a commit, with its share of the batch's revisions. */
function publishedCommits(placed: readonly Placed[], before: string | undefined, timeMs: number): PublishedCommits {
  const commits: PublishedCommit[] = [];
  let parent = before ?? null;
  let offset = 0;
  for (const { queued, operations, commit } of placed) {
    const revisions = operations.length;
    if (commit !== undefined) {
      const user = queued.write.user.username;
      commits.push({ commit, parent, offset, revisions, timeMs, user, uids: createdUids(operations) });
      parent = commit;
    }
    offset += revisions;
  }
  return { revisions: offset, commits };
}

function createdUids(operations: readonly Operation[]): Record<string, string> {
  const uids: Record<string, string> = {};
  for (const operation of operations) {
    const uid = operation.type === 'put' && operation.expect === 0 ? operation.value.metadata?.uid : undefined;
    if (uid) uids[operation.key] = uid;
  }
  return uids;
}

/** Each write that became a commit is a publication of its own. */
function announce(engine: GitEngine, placed: readonly Placed[], before: string | undefined, start: number): void {
  let parent = before;
  let revision = start;
  for (const { queued, operations, commit, order, content } of placed) {
    revision += operations.length;
    if (commit === undefined) continue;
    const { kind, key: storeKey, old, next, user } = queued.write;
    const names = { kind, key: keyOf((next ?? old)!), storeKey };
    const action = !next || next.metadata?.deletionTimestamp ? 'deleted' : old ? 'configured' : 'created';
    if (order) engine.holds.published(order.changes, order.held);
    engine.announce({
      commit,
      parent,
      revision,
      atMs: engine.options.clock.now(),
      user,
      outcomes: [{ names, action }],
      ...(content ? { content } : {}),
    });
    parent = commit;
  }
}

function refusedTipMessage(commit: string, why = ''): string {
  return `the tracked branch is at ${commit.slice(0, 12)}, which is not in force (${why}): push a commit that mends it first`;
}

/** Answers the write whose operation did not hold; the others stay open. */
function dropFailed(placed: readonly Placed[], result: Extract<CommitResult, { ok: false }>): Queued[] {
  let before = 0;
  const open: Queued[] = [];
  for (const { queued, operations } of placed) {
    const failed = result.failed - before;
    if (failed >= 0 && failed < operations.length) queued.resolve({ ok: false, failed, present: result.present });
    else open.push(queued);
    before += operations.length;
  }
  return open;
}

/** Each write is told its own revision and entries. */
function answer(
  placed: readonly Placed[],
  lastRevision: number,
  total: number,
  entries: Extract<CommitResult, { ok: true }>['entries'],
): void {
  let done = 0;
  let taken = 0;
  for (const { queued, operations } of placed) {
    done += operations.length;
    const puts = operations.filter(({ type }) => type === 'put').length;
    queued.resolve({ ok: true, revision: lastRevision - total + done, entries: entries.slice(taken, taken + puts) });
    taken += puts;
  }
}
