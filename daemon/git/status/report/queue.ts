/**
 * Sends reports to one place, one after the other, until each is taken or given up. Bounded: the oldest give way, a newer report of the same subject
 * replaces one that still waits. Nobody waits for it, and it never throws.
 */

import { type Clock, type Random, sleep } from '../../../base/clock.ts';
import type { Logger } from '../../../base/log.ts';
import {
  REPORT_PAUSE_MS,
  REPORT_PAUSE_MS_MAX,
  REPORT_TRIES_MAX,
  REPORT_UNKNOWN_TRIES_MAX,
  REPORTS_WAITING_MAX,
} from '../../limits.ts';
import { type Outgoing, type OutgoingAnswer, OutgoingRefused, type OutgoingRequest } from '../../outgoing/outgoing.ts';
import { inert } from '../../problem.ts';

export interface Report {
  /** Reports of one subject replace each other while they wait; undefined: each is sent. */
  subject: string | undefined;
  /** Made anew for each try (a token may have been renewed). Throws when it cannot be made. */
  request(): Promise<OutgoingRequest>;
  /** An answer that is no 2xx and yet means that all is well. */
  isFine?(answer: OutgoingAnswer): boolean;
}

export interface ReportQueue {
  put(report: Report): void;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
  close(): void;
}

export interface ReportQueueOptions {
  /** For the log; no address, which may hold a secret. */
  name: string;
  outgoing: Outgoing;
  clock: Clock;
  random: Random;
  log: Logger;
}

export function createReportQueue(options: ReportQueueOptions): ReportQueue {
  const { name, log } = options;
  const waiting: Report[] = [];
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (let report = waiting.shift(); report && !closing.signal.aborted; report = waiting.shift()) {
      await deliver(options, report, closing.signal);
    }
    running = undefined;
  };
  return {
    put(report) {
      if (closing.signal.aborted) return;
      const at = report.subject === undefined ? -1 : waiting.findIndex(({ subject }) => subject === report.subject);
      if (at >= 0) waiting.splice(at, 1);
      waiting.push(report);
      if (waiting.length > REPORTS_WAITING_MAX) {
        waiting.shift();
        log.warn({ to: name }, 'too many reports wait; the oldest is dropped');
      }
      running ??= run();
    },
    idle: () => running ?? Promise.resolve(),
    close: () => closing.abort(),
  };
}

async function deliver(options: ReportQueueOptions, report: Report, signal: AbortSignal): Promise<void> {
  const { name, clock, random, log } = options;
  for (let tries = 1; !signal.aborted; tries++) {
    const outcome = await attempt(options, report);
    if (outcome.result === 'taken') return;
    const most = outcome.result === 'unknown' ? REPORT_UNKNOWN_TRIES_MAX : REPORT_TRIES_MAX;
    if (outcome.result === 'refused' || tries >= most) {
      log.warn({ to: name, why: outcome.why, tries }, 'a report was not taken and is given up');
      return;
    }
    log.debug({ to: name, why: outcome.why, tries }, 'a report was not taken; it is sent again');
    const pauseMs = Math.min(REPORT_PAUSE_MS_MAX, REPORT_PAUSE_MS * 2 ** (tries - 1)) * (0.5 + random.next() / 2);
    await sleep(clock, Math.max(pauseMs, outcome.afterMs ?? 0), signal);
  }
}

interface Outcome {
  result: 'taken' | 'again' | 'unknown' | 'refused';
  why: string;
  afterMs?: number;
}

/** What the other side says of a commit that it does not have (yet). */
const UNKNOWN = new Set([404, 422]);
const LATER = new Set([408, 425, 429]);
const ANSWER_SHOWN_MAX = 200;

async function attempt({ outgoing, clock }: ReportQueueOptions, report: Report): Promise<Outcome> {
  let answer: OutgoingAnswer;
  try {
    answer = await outgoing.send(await report.request());
  } catch (error) {
    const why = inert(error instanceof Error ? error.message : String(error));
    return { result: error instanceof OutgoingRefused ? 'refused' : 'again', why };
  }
  const { status, body, headers } = answer;
  if ((status >= 200 && status < 300) || report.isFine?.(answer)) return { result: 'taken', why: '' };
  const why = `${status} ${inert(body.slice(0, ANSWER_SHOWN_MAX))}`.trim();
  if (status >= 300 && status < 400) return { result: 'refused', why: `${status}: redirects are not followed` };
  if (UNKNOWN.has(status)) return { result: 'unknown', why };
  if (status < 500 && !LATER.has(status)) return { result: 'refused', why };
  return { result: 'again', why, afterMs: retryAfterMs(headers['retry-after'], clock.now()) };
}

function retryAfterMs(header: string | string[] | undefined, now: number): number {
  if (typeof header !== 'string') return 0;
  const ms = /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(REPORT_PAUSE_MS_MAX, Math.max(0, ms)) : 0;
}
