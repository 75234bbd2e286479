/**
 * Reads untrusted manifests without ever blocking the main thread for long: small and harmless text is read at once,
 * everything else in one worker thread with bounds on time and memory. A text that exceeds them is refused as any other
 * bad text is, and the thread is replaced; requests wait in line, one after the other.
 *
 * The worker starts on first need and ends when idle: it costs some tens of megabytes.
 */

import type { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import { startThread } from '../base/thread.ts';
import { type ReadOptions, type ReadResult, readManifests } from './read.ts';
import type { ReadRequest } from './worker.ts';

export interface ManifestReader {
  /** As `readManifests`, and as total: what cannot be read in time is a problem of the result. */
  read(text: string, options?: ReadOptions): Promise<ReadResult>;
  /** Ends the worker; requests in line are refused. */
  close(): Promise<void>;
}

export interface ManifestReaderOptions {
  readonly clock: Clock;
  /** For tests. */
  readonly readMsMax?: number;
}

/** One text's processor time in the worker. Four megabytes of ordinary manifests take some 0.8 s. */
const READ_MS_MAX = 1_000;
/** On a swamped host the processor may be elsewhere most of the time: then a text may take so many times as long on the clock. */
const SWAMPED_FACTOR = 10;
/** Starting a thread and loading the parser takes 0.2 s; a swamped host gets a lot more. */
const START_MS_MAX = 15_000;
/** The worker ends after this long without work. */
const IDLE_MS_MAX = 30_000;
/** Texts in line: a push of many large files, twice over. Beyond it something is flooding. */
const WAITING_MAX = 2_000;
/** The worker's heap; the largest text that passes the other bounds needs about 150 MiB. */
const HEAP_MIB_MAX = 384;

/** Bounds for reading at once, so low that any such text takes a few milliseconds. */
const INLINE_LENGTH_MAX = 64 * 1024;
const INLINE_MARKS_MAX = 3_000;
const INLINE_ALIASES_MAX = 50;
const INLINE_DEPTH_MAX = 40;

/** A linear look at the text: can it be read here and now? Counts what could become keys, items, aliases and nesting. */
export function isHarmless(text: string): boolean {
  if (text.length > INLINE_LENGTH_MAX) return false;
  let marks = 0;
  let aliases = 0;
  let depth = 0;
  let dashes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3a || code === 0x2c)
      marks++; // : ,
    else if (code === 0x2a || code === 0x26)
      aliases++; // * &
    else if (code === 0x5b || code === 0x7b)
      depth++; // [ {
    else if (code === 0x5d || code === 0x7d)
      depth--; // ] }
    else if (code === 0x2d || code === 0x3f)
      dashes++; // - ?
    else if (code === 0x0a) dashes = 0;
    if (depth > INLINE_DEPTH_MAX || marks > INLINE_MARKS_MAX) return false;
    // Compact nesting: `- - - -` goes one level deeper with each dash of a line.
    if (aliases > INLINE_ALIASES_MAX || dashes > INLINE_DEPTH_MAX * 2) return false;
  }
  return true;
}

interface Waiting {
  readonly request: ReadRequest;
  resolve(result: ReadResult): void;
}

const refusal = (message: string, expected: string): ReadResult => ({
  documents: [],
  problems: [{ document: 0, line: 1, column: 1, message, expected }],
});

/** Beside this file, as source or as built: `worker.ts` or `worker.js`. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
}

/** Between two looks at a text that has nearly used up its time. */
const MS_LEFT_MIN = 10;

/** What a thread has used so far; undefined where Node cannot tell (before 24.6). */
async function processorMsOf(worker: Worker): Promise<number | undefined> {
  const { cpuUsage } = worker as { cpuUsage?: () => Promise<{ user: number; system: number }> };
  const used = await cpuUsage?.call(worker).catch(() => undefined);
  return used && (used.user + used.system) / 1_000;
}

class PooledReader implements ManifestReader {
  readonly #clock: Clock;
  readonly #readMsMax: number;
  readonly #waiting: Waiting[] = [];
  #current: Waiting | undefined;
  #worker: Worker | undefined;
  #ready = false;
  #cancelTimer: () => void = () => {};
  #closed = false;

  constructor({ clock, readMsMax = READ_MS_MAX }: ManifestReaderOptions) {
    this.#clock = clock;
    this.#readMsMax = readMsMax;
  }

  async read(text: string, options: ReadOptions = {}): Promise<ReadResult> {
    if (isHarmless(text)) return readManifests(text, options);
    if (this.#closed) return refusal('the reader has been closed', 'try again');
    if (this.#waiting.length >= WAITING_MAX) return refusal('too many files are waiting to be read', 'try again later');
    const { promise, resolve } = Promise.withResolvers<ReadResult>();
    this.#waiting.push({ request: { text, options }, resolve });
    this.#next();
    return promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const refused = refusal('the reader has been closed', 'try again');
    for (const { resolve } of this.#waiting.splice(0)) resolve(refused);
    this.#finish(refused);
    await this.#discard();
  }

  #next(): void {
    if (this.#current) return;
    this.#current = this.#waiting.shift();
    if (!this.#current) {
      this.#timer(IDLE_MS_MAX, () => void this.#discard());
      this.#worker?.unref();
      return;
    }
    this.#worker ??= this.#start();
    this.#worker.ref();
    if (this.#ready) this.#send();
    else this.#timer(START_MS_MAX, () => this.#fail('the thread that reads files did not start', 'try again'));
  }

  #send(): void {
    void this.#watch(this.#current!, this.#worker!);
    this.#worker!.postMessage(this.#current!.request);
  }

  /** Ends a text that has used up its time; looks again when there is some left. */
  async #watch(current: Waiting, worker: Worker): Promise<void> {
    const startedMs = this.#clock.monotonic();
    const startedAtMs = (await processorMsOf(worker)) ?? 0;
    if (this.#current !== current) return;
    const look = async (): Promise<void> => {
      const elapsedMs = this.#clock.monotonic() - startedMs;
      const processorMs = await processorMsOf(worker);
      if (this.#current !== current) return;
      const usedMs = processorMs === undefined ? elapsedMs : processorMs - startedAtMs;
      if (usedMs < this.#readMsMax && elapsedMs < this.#readMsMax * SWAMPED_FACTOR)
        return this.#timer(Math.max(MS_LEFT_MIN, this.#readMsMax - usedMs), () => void look());
      const seconds = this.#readMsMax / 1000;
      this.#fail(`reading the file took longer than ${seconds} s`, 'a smaller file, with fewer keys and aliases');
    };
    this.#timer(this.#readMsMax, () => void look());
  }

  #start(): Worker {
    this.#ready = false;
    const worker = startThread(workerUrl(), HEAP_MIB_MAX);
    worker.on('message', (message: 'ready' | ReadResult) => {
      if (worker !== this.#worker) return;
      if (message !== 'ready') {
        this.#finish(message);
        this.#next();
        return;
      }
      this.#ready = true;
      if (this.#current) this.#send();
    });
    // It ran out of memory, or has a bug: either way this text was its last.
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#fail(`reading the file failed: ${error.message}`, 'a smaller file');
    });
    return worker;
  }

  #fail(message: string, expected: string): void {
    void this.#discard();
    this.#finish(refusal(message, expected));
    this.#next();
  }

  #finish(result: ReadResult): void {
    this.#cancelTimer();
    const current = this.#current;
    this.#current = undefined;
    current?.resolve(result);
  }

  async #discard(): Promise<void> {
    this.#cancelTimer();
    const worker = this.#worker;
    this.#worker = undefined;
    this.#ready = false;
    await worker?.terminate();
  }

  #timer(delayMs: number, callback: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(delayMs, callback);
  }
}

/** Makes a reader; it owns a thread at most, which `close` ends. */
export function createManifestReader(options: ManifestReaderOptions): ManifestReader {
  return new PooledReader(options);
}
