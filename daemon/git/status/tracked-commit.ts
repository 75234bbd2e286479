/**
 * A commit whose objects are still looked at: only those are judged again that something happened to, for a commit may have thousands.
 */

import type { CommitStatus, ObjectStatus } from './commit-status.ts';
import { decideStatus, type StatusInput, type TrackedObject } from './decide-status.ts';

export interface Seen {
  state: ObjectStatus['state'];
  /** When a deadline passes although nothing changes; milliseconds from now. */
  afterMs: number | undefined;
}

type World = Pick<StatusInput, 'now' | 'live' | 'failedCondition'>;

export class TrackedCommit {
  status: CommitStatus;
  readonly sinceMs: number;
  /** Ends the timer of the next deadline. */
  cancelDeadline: () => void = () => {};
  readonly #objects: Map<string, TrackedObject>;
  /** Store key → the objects to look at when it changes. */
  readonly #watched = new Map<string, string[]>();
  readonly #dirty: Set<string>;

  /** `dependencies`: store keys that an object waits for besides its own commit. */
  constructor(
    status: CommitStatus,
    sinceMs: number,
    objects: readonly TrackedObject[],
    dependencies: (key: string) => readonly string[],
  ) {
    this.status = status;
    this.sinceMs = sinceMs;
    this.#objects = new Map(objects.map((one) => [one.key, one]));
    this.#dirty = new Set(this.#objects.keys());
    for (const key of this.#objects.keys()) {
      for (const watched of [key, ...dependencies(key)]) {
        const list = this.#watched.get(watched);
        if (list) list.push(key);
        else this.#watched.set(watched, [key]);
      }
    }
  }

  get objects(): readonly TrackedObject[] {
    return [...this.#objects.values()];
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  /** Something changed; returns whether it matters here. */
  touch(key: string): boolean {
    const objects = this.#watched.get(key);
    for (const one of objects ?? []) if (this.#objects.has(one)) this.#dirty.add(one);
    return objects !== undefined;
  }

  touchAll(): void {
    for (const key of this.#objects.keys()) this.#dirty.add(key);
  }

  /** Keeps the objects that pass; the others are no concern of this commit any more. */
  retain(passes: (object: TrackedObject) => boolean): number {
    for (const [key, one] of this.#objects) if (!passes(one)) this.#objects.delete(key);
    return this.#objects.size;
  }

  /** Judges what was touched. Healthy is said of all objects at one moment: then all are judged. */
  look(world: World): Seen {
    const dirty = [...this.#dirty].flatMap((key) => this.#objects.get(key) ?? []);
    this.#dirty.clear();
    const seen = this.#judge(dirty, world);
    return seen.state === 'healthy' && dirty.length < this.#objects.size ? this.#judge(this.objects, world) : seen;
  }

  /** As they are now, without taking note of it. */
  objectsNow(world: World): readonly TrackedObject[] {
    return decideStatus({ ...world, objects: this.objects, sinceMs: this.sinceMs }).objects;
  }

  #judge(objects: readonly TrackedObject[], world: World): Seen {
    const decision = decideStatus({ ...world, objects, sinceMs: this.sinceMs });
    for (const one of decision.objects) this.#objects.set(one.key, one);
    let state: ObjectStatus['state'] = 'healthy';
    for (const { health } of this.#objects.values()) {
      if (health.state === 'failed') return { state: 'failed', afterMs: decision.afterMs };
      if (health.state === 'progressing') state = 'progressing';
    }
    return { state, afterMs: decision.afterMs };
  }
}
