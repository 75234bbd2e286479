/**
 * The one writer of people's API writes: takes what is queued as a batch, makes one commit a write, and publishes the batch with one durable store
 * commit whose record carries the git objects. Acknowledged means durable; the repository follows in the background (`settle.ts`).
 *
 * Invariants: under the write lease, so that pushes and writes are one sequence; a write whose compare-and-swap fails leaves no commit; a batch
 * is in force whole or not at all.
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import type { Ids } from '../../base/clock.ts';
import type { JsonObject, ManagedFieldsEntry } from '../../base/object.ts';
import { asStatusError, serviceUnavailable } from '../../base/status.ts';
import { GIT_MANAGER } from '../../kinds/common/git-ownership.ts';
import { toStored } from '../../kinds/conversion.ts';
import type { SchemaSet } from '../../schema/node.ts';
import type { CommitResult, Operation } from '../../store/store.ts';
import type { GitEngine } from '../engine.ts';
import type { Lease } from '../lease.ts';
import {
  LEASE_MS_MAX,
  LOST_RACES_MAX,
  UNSETTLED_BYTES_MAX,
  WRITE_BACK_BATCH_MAX,
  WRITE_BACK_QUEUE_MAX,
} from '../limits.ts';
import type { ManifestEditor } from '../ports.ts';
import { GIT_OBJECTS, PUBLICATION, type PublicationRecord } from '../publish.ts';
import type { Follower } from '../remote/follower.ts';
import { type PushResult, RemoteUnreachable } from '../remote/remote.ts';
import { moveTip } from '../repository.ts';
import { withoutScaledReplicas } from '../scaled-replicas.ts';
import { announce, answer, dropFailed, type Placed, publishedCommits, type Queued } from './batch.ts';
import type { CommitChain } from './commit-chain.ts';
import { type Lane, LaneKeeper, type Lanes } from './lanes.ts';
import { encodeLooseObjects, type LooseObjects, storeLooseObjects } from './loose-objects.ts';
import { refuseLostRace } from './lost-race.ts';
import { refuseWrite } from './mode.ts';
import { transferOwnership } from './ownership.ts';
import { describeWrite, type FileChanges, planFileChanges } from './plan-write.ts';
import { refuseOnTip } from './refused-tip.ts';
import { type Route, routeWrite } from './route.ts';
import type { Settler } from './settle.ts';
import { contentOfWrite, orderOfWrite, withOrder } from './write-order.ts';

export interface WriterOptions {
  engine: GitEngine;
  editor: ManifestEditor;
  schemas: SchemaSet;
  settler: Settler;
  chain: CommitChain;
  ids: Ids;
  /** Set when the branch is a remote's: that decides. */
  follower: Follower | undefined;
}

/** The newest revision that any of them expects an object to have. */
const newestExpected = (batch: readonly Queued[]): number =>
  Math.max(0, ...batch.flatMap(({ write }) => write.operations.map(({ expect }) => expect ?? 0)));

type Durable = Extract<CommitResult, { ok: true }>;

export class Writer {
  readonly #options: WriterOptions;
  readonly #queue: Queued[] = [];
  readonly #lanes: LaneKeeper;
  #running = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#lanes = new LaneKeeper(options.engine, options.chain);
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
      if (settler.bytes > UNSETTLED_BYTES_MAX) await settler.synced();
      lease = await engine.lease.acquire(LEASE_MS_MAX);
    } catch (error) {
      const answer = serviceUnavailable(error instanceof Error ? error.message : String(error));
      for (const { reject } of this.#queue.splice(0)) reject(answer);
      return;
    }
    const batch = this.#queue.splice(0, WRITE_BACK_BATCH_MAX);
    try {
      // They are compared with what can be read: what they expect may still be on its way to the disk.
      await engine.options.store.seen(newestExpected(batch));
      await this.#publish(batch);
    } catch (error) {
      for (const { reject } of batch) reject(asStatusError(error));
    } finally {
      lease.release();
    }
  }

  /** Places, publishes and answers every write of the batch; those that a failed compare-and-swap takes out make the rest be placed again. */
  async #publish(batch: readonly Queued[]): Promise<void> {
    const { engine, settler, chain, follower } = this.#options;
    if (!settler.isBusy) chain.forget();
    let open = [...batch];
    for (let races = 0; open.length > 0; ) {
      const lanes = await this.#lanes.open();
      const objects: LooseObjects = new Map();
      const placed = await this.#place(open, lanes, objects);
      if (placed.length === 0) return;
      const moves = lanes.branch.tip !== lanes.branch.from;
      if (follower && moves) {
        const answer = await this.#push(follower, lanes.branch, objects);
        if (answer.result === 'refused') return this.#refusedByRemote(follower, placed, answer.why);
        if (answer.result === 'moved') {
          if (++races > LOST_RACES_MAX)
            throw serviceUnavailable(`${follower.url} is pushed to all the time; try again`);
          await follower.syncLocked();
          open = placed.flatMap(({ queued }) => (this.#answerLostRace(queued) ? [] : [queued]));
          continue;
        }
      }
      const result = await this.#store(placed, lanes, objects);
      if (result.ok) {
        this.#published(placed, lanes, objects, result);
        return;
      }
      if (follower && moves) return this.#bringPushed(placed, lanes, engine);
      open = dropFailed(placed, result);
    }
  }

  /** The batch's durable store commit, which carries the git objects unless they are in the repository already. */
  async #store(placed: readonly Placed[], lanes: Lanes, objects: LooseObjects): Promise<CommitResult> {
    const { own } = this.#options.engine;
    const operations = placed.flatMap((one) => one.operations);
    for (const operation of operations) if (operation.type === 'put') own.add(operation.value);
    const { inForce, branch } = lanes;
    const moved = inForce.tip !== inForce.from || branch.tip !== branch.from;
    return this.#commit(placed, operations, moved ? this.#record(placed, lanes, objects) : undefined);
  }

  #published(placed: readonly Placed[], lanes: Lanes, objects: LooseObjects, result: Durable): void {
    const { engine, settler, follower } = this.#options;
    const { inForce, branch } = lanes;
    const before = engine.state.commit;
    const total = placed.reduce((sum, { operations }) => sum + operations.length, 0);
    this.#lanes.publish(lanes);
    const keep = lanes.view && inForce.tip !== inForce.from ? inForce.tip : undefined;
    // A remote's branch has moved already.
    const from = follower ? branch.tip : branch.from;
    if (branch.tip !== undefined && (branch.tip !== from || keep))
      settler.add({ parent: from, commit: branch.tip, objects, inForce: keep, revision: result.revision });
    answer(placed, result.revision, total, result.entries);
    announce(engine, placed, before, result.revision - total);
  }

  /** The objects go into the mirror first: git pushes from there. The mirror's branch follows when the remote has it. */
  async #push(follower: Follower, { from, tip }: Lane, objects: LooseObjects): Promise<PushResult> {
    const { engine, ids } = this.#options;
    const { repository } = engine.options;
    await storeLooseObjects(repository.gitDir, objects, ids);
    const answer = await follower.push(tip!, repository.ref).catch((error: unknown) => {
      follower.wake(); // whether the remote has it after all shows then
      if (!(error instanceof RemoteUnreachable)) throw error;
      throw serviceUnavailable(`the write is not acknowledged: ${follower.url} does not take it: ${error.message}`);
    });
    if (answer.result === 'accepted' && !(await moveTip(repository, from, tip!)))
      throw new Error(`${repository.ref} of the mirror was moved by somebody else`);
    return answer;
  }

  /** One commit may be what the remote does not like: each write is tried alone, and only those that are refused alone are refused. */
  async #refusedByRemote({ url }: Follower, placed: readonly Placed[], why: string): Promise<void> {
    const [first] = placed;
    if (placed.length > 1) {
      for (const { queued } of placed) {
        await this.#publish([queued]).catch((error: unknown) => queued.reject(asStatusError(error)));
      }
    } else if (first) {
      first.queued.reject(refuseWrite(first.queued.write, `${url} does not take the commit: ${why}`));
    }
  }

  /** Whether the write is answered: somebody changed its object first. */
  #answerLostRace({ write, resolve, reject }: Queued): boolean {
    const { store } = this.#options.engine.options;
    const failed = write.operations.findIndex(
      ({ key, expect }) => expect !== undefined && expect !== (store.get(key)?.modRevision ?? 0),
    );
    if (failed < 0) return false;
    const present = store.get(write.operations[failed]!.key);
    const refused = refuseLostRace(this.#options.engine, write, present);
    if (refused) reject(refused);
    else resolve({ ok: false, failed, present }); // the API plans it again on what is there now
    return true;
  }

  /** The remote has the commits, but an object changed meanwhile: they come into force as if somebody else had pushed them. */
  async #bringPushed(placed: readonly Placed[], { branch }: Lanes, engine: GitEngine): Promise<void> {
    const { store } = engine.options;
    await engine.catchUpLocked();
    const { state, refused } = engine;
    for (const { queued } of placed) {
      if (state.commit === branch.tip) {
        const entries = queued.write.operations.flatMap(({ type, key }) => (type === 'put' && store.get(key)) || []);
        queued.resolve({ ok: true, revision: store.revision, entries });
      } else {
        const why = refused?.problems[0]?.message ?? 'it waits';
        queued.reject(
          serviceUnavailable(`the remote has commit ${branch.tip?.slice(0, 12)}, but it is not in force: ${why}`),
        );
      }
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

  /** Plans the writes one after the other; what cannot be done is answered here and left out. */
  async #place(open: readonly Queued[], lanes: Lanes, objects: LooseObjects): Promise<Placed[]> {
    const { store } = this.#options.engine.options;
    const placed: Placed[] = [];
    const written = new Set<string>();
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
      const { inForce, branch } = lanes;
      const before = [inForce, branch].map((lane) => ({ lane, tip: lane.tip, takeBack: lane.overlay.mark() }));
      try {
        placed.push(await this.#placeOne(queued, lanes, objects));
        for (const { key } of operations) written.add(key);
      } catch (error) {
        for (const { lane, tip, takeBack } of before) {
          takeBack();
          lane.tip = tip;
        }
        queued.reject(asStatusError(error));
      }
    }
    return placed;
  }

  async #placeOne(queued: Queued, lanes: Lanes, objects: LooseObjects): Promise<Placed> {
    const { engine } = this.#options;
    const { write } = queued;
    // The route may have changed while the write was waiting: a push may have taken the object in or out.
    const route: Route = routeWrite(write, engine.state, engine.secrets.recipients.length > 0);
    if (route.to === 'runtime') return { queued, operations: write.operations };
    const { refused } = engine;
    const problem = refused && lanes.view && (await refuseOnTip(engine, refused, lanes.view, write));
    if (problem) throw problem;
    const held = engine.holds.texts.get(write.key);
    const { manifest, dropsFields, paths, commit } = await this.#commitTo(lanes.inForce, write, route, objects);
    if (lanes.view) await this.#commitTo(lanes.branch, write, route, objects);
    if (commit === undefined) return { queued, operations: withOrder(write.operations, write, undefined, held) };
    const candidate = lanes.inForce.overlay.candidate(commit, paths);
    const order = orderOfWrite(engine, write, candidate);
    const content = contentOfWrite(engine, write, candidate);
    const placed = dropsFields ? await this.#merged(write, manifest!) : { operations: this.#owned(write, manifest) };
    return { queued, ...placed, operations: withOrder(placed.operations, write, order, held), commit, order, content };
  }

  /** The write as one more commit of the lane; no commit when its files say so already. */
  async #commitTo(
    lane: Lane,
    write: PlannedWrite,
    route: Exclude<Route, { to: 'runtime' }>,
    objects: LooseObjects,
  ): Promise<Pick<FileChanges, 'manifest' | 'dropsFields'> & { paths: string[]; commit?: string }> {
    const { engine, editor, schemas, chain } = this.#options;
    const { manifests, clock } = engine.options;
    const { secrets } = engine;
    const now = clock.now();
    const sealing = { recipients: secrets.recipients, now };
    const tools = { manifests, editor, schemas, sealing, refusesPlainText: secrets.plainText === 'refuse' };
    const { texts, warning, ...planned } = await planFileChanges(tools, lane.overlay, write, route);
    if (warning) write.warn?.(warning);
    if (texts.size === 0) return { ...planned, paths: [] };
    const message = `${describeWrite(write)}\n\nThrough the API, by ${write.fieldManager || 'unknown'}.`;
    const { commit, blobs } = await chain.commit(objects, lane.tip, texts, { message, author: write.user, now });
    for (const [path, text] of texts) await lane.overlay.set(path, blobs.get(path), text);
    lane.tip = commit;
    return { ...planned, paths: [...texts.keys()], commit };
  }

  /** The write's operations with the object merged with its file and admitted anew. Throws what the API answers when that is refused. */
  async #merged(write: PlannedWrite, manifest: JsonObject): Promise<Pick<Placed, 'operations' | 'settle'>> {
    const { admission } = this.#options.engine.options;
    const { kind, key, next: live, user } = write;
    const { object, error, reservation } = admission.admitManifest(admission.environment, {
      object: manifest,
      live,
      user,
      manager: GIT_MANAGER,
    });
    if (error) throw error;
    const value = await toStored(kind, object);
    const operations = write.operations.map((operation) =>
      operation.type === 'put' && operation.key === key ? { ...operation, value } : operation,
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

  #record(placed: readonly Placed[], { inForce, branch, view }: Lanes, objects: LooseObjects): PublicationRecord {
    const { engine, follower } = this.#options;
    const published = publishedCommits(placed, inForce.from, engine.options.clock.now());
    return {
      type: PUBLICATION,
      commit: inForce.tip!,
      parent: inForce.from ?? null,
      revisions: published.revisions,
      keep: {
        [PUBLICATION]: published,
        // A push has put them into the mirror.
        ...(follower && !view ? {} : { [GIT_OBJECTS]: encodeLooseObjects(objects) }),
      },
      ...(view ? { tip: branch.tip! } : {}),
    };
  }
}
