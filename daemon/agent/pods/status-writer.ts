/**
 * Writes pods' statuses to the API: the latest one of each pod, only when it differs, and never in the way of containers.
 *
 * Invariants: one write at a time a pod; what others own in the status is kept (a conflict is answered by reading again and rendering anew).
 */

import { backoffDelayMs } from '../../base/backoff.ts';
import { type Clock, type Random, sleep } from '../../base/clock.ts';
import { cloneJson, deepEqual } from '../../base/json.ts';
import type { Logger } from '../../base/log.ts';
import { compareRevisions } from '../../base/revision.ts';
import { isReason } from '../../base/status.ts';
import type { Client } from '../../client/client.ts';
import { PODS } from '../../kinds/resources.ts';
import type { Pod, PodStatus } from '../../kinds/types.generated.ts';

export interface StatusWriterOptions {
  client: Client;
  clock: Clock;
  random: Random;
  log: Logger;
  /** The pod's status as it should be, made from this object; undefined: nothing to say. */
  render(pod: Readonly<Pod>): PodStatus | undefined;
  /** A write has ended well: the object as it is now. */
  onWritten(pod: Readonly<Pod>): void;
}

/** A server that is away is asked again at most this often. */
const RETRY = { baseMs: 200, maxMs: 10_000 };

/** Someone else's write in between is over within milliseconds; many in a row mean that something is wrong. */
const CONFLICTS_MAX = 10;
const CONFLICT_PAUSE_MS = 3;

interface Entry {
  /** The newest object known, from the watch or from our own writes. */
  pod: Readonly<Pod>;
  writing: boolean;
  again: boolean;
  failures: number;
}

export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #entries = new Map<string, Entry>();
  #stopped = false;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** The newest object known of a pod: our own writes are seen at once. */
  newest(pod: Readonly<Pod>): Readonly<Pod> {
    const known = this.#entries.get(pod.metadata?.uid ?? '')?.pod;
    return known && isNewer(known, pod) ? known : pod;
  }

  /** Looks whether the pod's status must be written. */
  sync(pod: Readonly<Pod>): void {
    const uid = pod.metadata?.uid ?? '';
    const entry = this.#entries.get(uid) ?? { pod, writing: false, again: false, failures: 0 };
    this.#entries.set(uid, entry);
    if (isNewer(pod, entry.pod)) entry.pod = pod;
    entry.again = true;
    if (!entry.writing) void this.#run(uid, entry);
  }

  /** True when the API has the status that it should have; otherwise it is being written from now on. */
  settle(pod: Readonly<Pod>): boolean {
    const newest = this.newest(pod);
    const status = this.#options.render(newest);
    const isWriting = this.#entries.get(pod.metadata?.uid ?? '')?.writing ?? false;
    if (!isWriting && (!status || deepEqual(status, newest.status))) return true;
    this.sync(pod);
    return false;
  }

  drop(uid: string): void {
    this.#entries.delete(uid);
  }

  stop(): void {
    this.#stopped = true;
    this.#entries.clear();
  }

  async #run(uid: string, entry: Entry): Promise<void> {
    entry.writing = true;
    let wrote = false;
    while (entry.again && !this.#stopped && this.#entries.get(uid) === entry) {
      entry.again = false;
      try {
        wrote = (await this.#write(entry)) || wrote;
        entry.failures = 0;
      } catch (error) {
        if (!(await this.#recover(uid, entry, error))) break;
      }
    }
    entry.writing = false;
    if (wrote && this.#entries.get(uid) === entry) this.#options.onWritten(entry.pod);
  }

  async #write(entry: Entry): Promise<boolean> {
    const status = this.#options.render(entry.pod);
    if (!status || deepEqual(status, entry.pod.status)) return false;
    const next = { ...cloneJson(entry.pod as Pod), apiVersion: 'v1', kind: 'Pod', status };
    const written = await this.#options.client.update(PODS, next, { subresource: 'status' });
    if (isNewer(written, entry.pod)) entry.pod = written;
    return true;
  }

  /** False: there is nothing left to write to, or it is tried again later. */
  async #recover(uid: string, entry: Entry, error: unknown): Promise<boolean> {
    const { client, clock, random, log } = this.#options;
    const { namespace, name = '' } = entry.pod.metadata ?? {};
    if (isReason(error, 'NotFound')) return false;
    entry.failures += 1;
    entry.again = true;
    if (isReason(error, 'Conflict') && entry.failures < CONFLICTS_MAX) {
      // What was written meanwhile can be read only once it is durable.
      await sleep(clock, CONFLICT_PAUSE_MS * entry.failures);
      const fresh = await client.get(PODS, { namespace, name }).catch(() => undefined);
      if (fresh && fresh.metadata?.uid !== uid) return false;
      if (fresh) entry.pod = fresh;
      return fresh !== undefined;
    }
    log.warn({ pod: `${namespace}/${name}`, error: String(error) }, "a pod's status could not be written; will retry");
    clock.after(backoffDelayMs(RETRY, entry.failures, random), () => {
      if (this.#entries.get(uid) === entry && !entry.writing) void this.#run(uid, entry);
    });
    return false;
  }
}

function isNewer(a: Readonly<Pod>, b: Readonly<Pod>): boolean {
  return compareRevisions(a.metadata?.resourceVersion ?? '', b.metadata?.resourceVersion ?? '') > 0;
}
