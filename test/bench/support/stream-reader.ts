/**
 * Reads a watch's raw bytes at little cost: events are counted by their line ends as they come, and decoded only at the end, when nothing is measured.
 */

import type { TLSSocket } from 'node:tls';
import { verify } from './scenario.ts';

/** The event's own line end and those of its HTTP chunk: size line and end. */
const LINE_ENDS_AN_EVENT = 3;

interface Waiter {
  events: number;
  resolve(): void;
}

export class StreamReader {
  readonly #socket: TLSSocket;
  readonly #chunks: Buffer[] = [];
  #lineEnds = 0;
  #headBytes = 0;
  #waiters: Waiter[] = [];
  #head: (() => void) | undefined;
  readonly #ended: Promise<never>;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#ended = new Promise((_, reject) =>
      socket.once('close', () => reject(new Error('a watch was closed by the server'))),
    );
    this.#ended.catch(() => {}); // told to those who wait
  }

  /** That have come. */
  get events(): number {
    return Math.floor(this.#lineEnds / LINE_ENDS_AN_EVENT);
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    let from = 0;
    if (this.#headBytes === 0) {
      const text = Buffer.concat(this.#chunks);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.#headBytes = end + 4;
      from = chunk.length - (text.length - this.#headBytes);
      this.#head?.();
    }
    for (let at = chunk.indexOf(10, from); at >= 0; at = chunk.indexOf(10, at + 1)) this.#lineEnds++;
    if (this.#waiters.length === 0) return;
    const { events } = this;
    this.#waiters = this.#waiters.filter((waiter) => {
      if (events < waiter.events) return true;
      waiter.resolve();
      return false;
    });
  }

  /** Resolves when the answer has begun: the watch is on. */
  head(): Promise<void> {
    if (this.#headBytes > 0) return Promise.resolve();
    const begun = new Promise<void>((resolve) => {
      this.#head = resolve;
    });
    return Promise.race([begun, this.#ended]);
  }

  until(events: number): Promise<void> {
    if (this.events >= events) return Promise.resolve();
    const come = new Promise<void>((resolve) => this.#waiters.push({ events, resolve }));
    return Promise.race([come, this.#ended]);
  }

  #lines(): string[] {
    const text = Buffer.concat(this.#chunks).toString('utf8', this.#headBytes);
    return text.split('\n').filter((line) => line.startsWith('{'));
  }

  firstEvent(): string {
    return `${this.#lines()[0]!}\n`;
  }

  /** Throws unless exactly `count` events came, each once, in the order of their revisions. */
  verifyEvents(count: number): void {
    const lines = this.#lines();
    verify(lines.length === count, `a watcher saw ${lines.length} events instead of ${count}`);
    let last = 0;
    for (const line of lines) {
      const { object } = JSON.parse(line) as { object: { metadata: { resourceVersion: string } } };
      const revision = Number(object.metadata.resourceVersion);
      verify(revision > last, `a watcher saw revision ${revision} after ${last}`);
      last = revision;
    }
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }
}
