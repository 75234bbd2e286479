/**
 * The requests of one priority level: those that are being served, by seats, and those that wait, in queues that take turns.
 *
 * Fairness between flows is start-time fair queuing: each queue has a virtual time, which a request moves on by what it took (seats × time);
 * the queue that is furthest behind goes next, and one that was empty begins where the others stand. Knows neither clock nor event loop:
 * when something may go is `fairness.ts`'s to say.
 */

import type { LevelSettings } from './configuration.ts';
import { dealHand } from './hand.ts';

export interface Ticket {
  readonly schema: string;
  readonly flow: string;
  readonly seats: number;
  /** Monotonic milliseconds. */
  readonly arrivedMs: number;
  /** For people who ask what waits. */
  readonly user: string;
  readonly verb: string;
  readonly path: string;
  /** Calls the work. Synchronous: what it takes of this turn is measured around it. */
  run(): void;
}

interface Queue {
  readonly index: number;
  readonly waiting: Ticket[];
  /** Virtual time at which its next request begins; seat-milliseconds. */
  virtual: number;
  executing: number;
}

/** What a request is taken to need until it is known. */
const GUESS_MS = 5;
/** Hands that are kept: dealing one costs a hash. */
const HANDS_MAX = 4_096;

export interface Placed {
  readonly queue: Queue;
  readonly ticket: Ticket;
}

export class Level {
  settings: LevelSettings;
  readonly #queues = new Map<number | string, Queue>();
  readonly #hands = new Map<string, number[]>();
  /** Virtual time of the request that was taken last. */
  #virtual = 0;
  seatsInUse = 0;
  executing = 0;
  waiting = 0;
  /** Its place among levels, moved on by the milliseconds of the event loop that it took, over its weight. */
  turn = 0;
  readonly counts = { dispatched: 0, rejected: 0, timedOut: 0, cancelled: 0 };

  constructor(settings: LevelSettings) {
    this.settings = settings;
  }

  get queues(): readonly Queue[] {
    return [...this.#queues.values()];
  }

  /** With other queues, those that wait stay where they are until they have gone. */
  configure(settings: LevelSettings): void {
    this.settings = settings;
    this.#hands.clear();
  }

  /** The queue in which the flow's next request would wait. The shortest of its hand; a level without queues keeps one for turns. */
  #queueOf({ schema, flow }: Ticket): Queue {
    const { queuing, isExempt } = this.settings;
    if (!queuing) return this.#queue(isExempt ? `${schema}/${flow}` : 0);
    const key = `${schema}/${flow}`;
    let hand = this.#hands.get(key);
    if (!hand) {
      hand = dealHand(key, queuing.queues, queuing.handSize);
      if (this.#hands.size >= HANDS_MAX) this.#hands.clear();
      this.#hands.set(key, hand);
    }
    const load = (index: number) => {
      const queue = this.#queues.get(index);
      return queue ? queue.waiting.length + queue.executing : 0;
    };
    return this.#queue(hand.reduce((best, index) => (load(index) < load(best) ? index : best)));
  }

  #queue(key: number | string): Queue {
    let queue = this.#queues.get(key);
    if (!queue) {
      queue = { index: typeof key === 'number' ? key : this.#queues.size, waiting: [], virtual: 0, executing: 0 };
      this.#queues.set(key, queue);
    }
    return queue;
  }

  /** Puts the request into its queue; undefined when that is full. */
  place(ticket: Ticket): Placed | undefined {
    const { queuing } = this.settings;
    const queue = this.#queueOf(ticket);
    if (queuing && queue.waiting.length >= queuing.queueLengthLimit) return undefined;
    if (queue.waiting.length === 0 && queue.executing === 0) queue.virtual = Math.max(queue.virtual, this.#virtual);
    queue.waiting.push(ticket);
    this.waiting++;
    return { queue, ticket };
  }

  /** Takes a request that waits out again (it waited too long, or its client went away). False when it has gone already. */
  withdraw({ queue, ticket }: Placed): boolean {
    const at = queue.waiting.indexOf(ticket);
    if (at < 0) return false;
    queue.waiting.splice(at, 1);
    this.waiting--;
    this.#forget(queue);
    return true;
  }

  /** The request that should go next: of the queue that is furthest behind. */
  next(): Placed | undefined {
    let best: Queue | undefined;
    for (const queue of this.#queues.values())
      if (queue.waiting.length > 0 && (!best || queue.virtual < best.virtual)) best = queue;
    return best && { queue: best, ticket: best.waiting[0]! };
  }

  /** The first of its queue begins; it has seats until the returned function is told how long it took, once. */
  begin({ queue, ticket }: Placed): (tookMs: number) => void {
    queue.waiting.shift();
    this.waiting--;
    this.#virtual = Math.max(this.#virtual, queue.virtual);
    queue.virtual += ticket.seats * GUESS_MS;
    queue.executing++;
    this.#occupy(ticket.seats, 1);
    this.counts.dispatched++;
    return (tookMs) => {
      queue.virtual += ticket.seats * (tookMs - GUESS_MS);
      queue.executing--;
      this.#occupy(ticket.seats, -1);
      this.#forget(queue);
    };
  }

  /** Like {@link begin} for a request that need not wait, nor be remembered: nobody else is in line. */
  beginAtOnce(seats: number): () => void {
    this.#occupy(seats, 1);
    this.counts.dispatched++;
    return () => this.#occupy(seats, -1);
  }

  #occupy(seats: number, sign: 1 | -1): void {
    this.seatsInUse += sign * seats;
    this.executing += sign;
  }

  /** An idle queue that is not ahead of others has nothing to remember. */
  #forget(queue: Queue): void {
    if (queue.waiting.length > 0 || queue.executing > 0 || queue.virtual > this.#virtual) return;
    for (const [key, one] of this.#queues) if (one === queue) this.#queues.delete(key);
  }
}
