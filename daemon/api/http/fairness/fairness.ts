/**
 * API priority and fairness (KEP-1040): which request goes when, so that no client's flood keeps leases, controllers or health checks waiting.
 *
 * Two things are shared out. Seats, as in kube-apiserver: so many requests of a level are served at a time, more wait in queues, and what does
 * not fit into them is refused (429). And the event loop, which is one: in each turn, requests begin until a slice is used up; the rest goes on
 * in the next one, levels by weight and flows fairly, after everybody's input was seen. A request that has begun is never interrupted.
 * What is exempt is never refused, but takes turns too. It does not bound streams: that is `streams.ts`.
 */

import type { UserInfo } from '../../../auth/user.ts';
import type { Clock } from '../../../base/clock.ts';
import { tooManyRequests } from '../../../base/status.ts';
import { afterTurn } from '../../../base/turn.ts';
import type { RequestInfo, ResourceRequest } from '../request-info.ts';
import { classify, type FlowSchemaEntry, flowOf } from './classify.ts';
import type { FlowConfiguration } from './configuration.ts';
import { Level, type Placed, type Ticket } from './level.ts';
import { RetryAfter } from './retry-after.ts';
import { hasSeats } from './seats.ts';
import { seatsOf } from './width.ts';

/** kube-apiserver's `--max-requests-inflight` and `--max-mutating-requests-inflight` together. */
export const SEATS = 600;
/** A quarter of `--request-timeout`. */
const WAIT_MS_MAX = 15_000;
/** What requests that begin may take of the event loop in a row. */
const SLICE_MS = 5;

export type RejectionReason = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

/** What became of requests, for metrics. `schema` and `level` are names. */
export interface FairnessObserver {
  dispatched(schema: string, level: string, waitedMs: number): void;
  rejected(schema: string, level: string, reason: RejectionReason): void;
}

/** Where a request belongs; told to its client by uid. */
export interface Classified {
  readonly schema: FlowSchemaEntry;
  readonly level: Level;
}

export interface FairRequest {
  user: UserInfo;
  info: RequestInfo;
  /** Told where the request belongs, before it begins or is refused. */
  classified(place: Classified): void;
  /** Calls `left` once, when the client has gone away or the answer has ended: then the seat is free. */
  onLeave(left: () => void): void;
}

/** Answers a request, at once or in time. */
export type Work = () => Promise<void> | void;

export interface Fairness {
  /** Runs `work` when its turn comes, at once when that is now; throws 429 with Retry-After when there is no room to wait or it takes too long. */
  run(request: FairRequest, work: Work): Promise<void> | void;
  configure(configuration: FlowConfiguration): void;
  /** All levels, those too that are no longer configured but still have requests. */
  levels(): readonly Level[];
}

export interface FairnessOptions {
  clock: Clock;
  /** How many objects there are of what a list shows. */
  count(resource: ResourceRequest): number;
  observer: FairnessObserver;
}

export function createFairness(configuration: FlowConfiguration, options: FairnessOptions): Fairness {
  const fairness = new PriorityAndFairness(options);
  fairness.configure(configuration);
  return fairness;
}

class PriorityAndFairness implements Fairness {
  readonly #options: FairnessOptions;
  readonly #levels = new Map<string, Level>();
  readonly #retryAfter = new Map<string, RetryAfter>();
  #schemas: readonly FlowSchemaEntry[] = [];
  #usedMs = 0;
  #isScheduled = false;

  constructor(options: FairnessOptions) {
    this.#options = options;
  }

  configure({ schemas, levels }: FlowConfiguration): void {
    this.#schemas = schemas;
    for (const settings of levels.values()) {
      const level = this.#levels.get(settings.name);
      if (level) level.configure(settings);
      else this.#levels.set(settings.name, new Level(settings));
    }
    for (const [name, level] of this.#levels)
      if (!levels.has(name) && level.waiting === 0 && level.executing === 0) this.#levels.delete(name);
    this.#schedule();
  }

  levels(): readonly Level[] {
    return [...this.#levels.values()];
  }

  run(request: FairRequest, work: Work): Promise<void> | void {
    const { user, info } = request;
    // Everybody belongs to one of the two groups that `catch-all` names: there is always a schema.
    const schema = classify(this.#schemas, user, info) ?? this.#schemas.at(-1)!;
    const level = this.#levels.get(schema.spec.priorityLevelConfiguration.name)!;
    request.classified({ schema, level });
    const seats = seatsOf(info, this.#options.count);
    const isFree = hasSeats(level, seats, this.#levels.values());
    if (isFree && level.waiting === 0 && this.#usedMs < SLICE_MS)
      return this.#runAtOnce(request, schema, level, seats, work);
    if (!isFree && !level.settings.queuing) return this.#refuse(schema, level, 'concurrency-limit');
    return this.#wait(request, schema, level, seats, work);
  }

  #runAtOnce(
    request: FairRequest,
    schema: FlowSchemaEntry,
    level: Level,
    seats: number,
    work: Work,
  ): Promise<void> | void {
    const release = level.beginAtOnce(seats);
    request.onLeave(() => {
      release();
      if (level.waiting > 0) this.#schedule();
    });
    this.#options.observer.dispatched(schema.name, level.settings.name, 0);
    return this.#measure(level, work);
  }

  /** Calls `work`; what it takes of this turn, until it first waits for something, is the level's. */
  #measure<T>(level: Level, work: () => T): T {
    this.#schedule();
    const began = this.#options.clock.monotonic();
    try {
      return work();
    } finally {
      const ms = this.#options.clock.monotonic() - began;
      this.#usedMs += ms;
      level.turn += ms / level.settings.weight;
    }
  }

  #wait(request: FairRequest, schema: FlowSchemaEntry, level: Level, seats: number, work: Work): Promise<void> {
    const { clock, observer } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let finish: ((tookMs: number) => void) | undefined;
    let beganMs = 0;
    const ticket: Ticket = {
      schema: schema.name,
      flow: flowOf(schema, request.user, request.info),
      seats,
      arrivedMs: clock.monotonic(),
      user: request.user.username,
      verb: request.info.resource?.verb || request.info.method.toLowerCase(),
      path: request.info.path,
      run: () => {
        cancelTimer();
        beganMs = clock.monotonic();
        finish = level.begin(placed!);
        observer.dispatched(schema.name, level.settings.name, beganMs - ticket.arrivedMs);
        try {
          Promise.resolve(work()).then(resolve, reject);
        } catch (error) {
          reject(error as Error);
        }
      },
    };
    if (level.waiting === 0) this.#joinTurns(level);
    const placed = level.place(ticket);
    if (!placed) return this.#refuse(schema, level, 'queue-full');
    const cancelTimer = clock.after(WAIT_MS_MAX, () => {
      if (level.withdraw(placed)) this.#refuse(schema, level, 'time-out').catch(reject);
    });
    request.onLeave(() => {
      if (finish) {
        finish(clock.monotonic() - beganMs);
        if (level.waiting > 0) this.#schedule();
        return;
      }
      cancelTimer();
      if (!level.withdraw(placed)) return;
      level.counts.cancelled++;
      observer.rejected(schema.name, level.settings.name, 'cancelled');
      resolve();
    });
    this.#schedule();
    return promise;
  }

  /** A level that was idle has saved nothing up: it begins where the others stand, and when nobody waits all begin anew. */
  #joinTurns(level: Level): void {
    const others = [...this.#levels.values()];
    const waiting = others.filter((one) => one.waiting > 0);
    if (waiting.length === 0) for (const one of others) one.turn = 0;
    else level.turn = Math.max(level.turn, Math.min(...waiting.map(({ turn }) => turn)));
  }

  #refuse(schema: FlowSchemaEntry, level: Level, reason: RejectionReason): Promise<never> {
    const { name } = level.settings;
    if (reason === 'time-out') level.counts.timedOut++;
    else level.counts.rejected++;
    this.#options.observer.rejected(schema.name, name, reason);
    let retryAfter = this.#retryAfter.get(name);
    if (!retryAfter) {
      retryAfter = new RetryAfter();
      this.#retryAfter.set(name, retryAfter);
    }
    const seconds = retryAfter.refuse(this.#options.clock.monotonic());
    return Promise.reject(tooManyRequests('Too many requests, please try again later.', seconds));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    afterTurn(() => {
      this.#isScheduled = false;
      this.#usedMs = 0;
      this.#dispatch();
    });
  }

  /** Begins what waits, the level that is furthest behind first, until the turn's slice is used up. */
  #dispatch(): void {
    if (!this.#someWait()) return;
    const stuck = new Set<Level>();
    for (;;) {
      const best = this.#furthestBehind(stuck);
      if (!best) return;
      if (this.#usedMs >= SLICE_MS) return this.#schedule();
      const { level, placed } = best;
      if (hasSeats(level, placed.ticket.seats, this.#levels.values())) this.#measure(level, () => placed.ticket.run());
      else stuck.add(level);
    }
  }

  #someWait(): boolean {
    for (const { waiting } of this.#levels.values()) if (waiting > 0) return true;
    return false;
  }

  #furthestBehind(stuck: ReadonlySet<Level>): { level: Level; placed: Placed } | undefined {
    let best: Level | undefined;
    for (const level of this.#levels.values())
      if (level.waiting > 0 && !stuck.has(level) && (!best || level.turn < best.turn)) best = level;
    const placed = best?.next();
    return best && placed && { level: best, placed };
  }
}
