/**
 * `/livez`, `/readyz`, `/healthz`: named checks, each also at a path of its own; `?verbose` lists them, `?exclude=` leaves some out
 * (`apiserver/pkg/server/healthz`).
 */

import { goQuote } from '../../base/go-quote.ts';
import type { Logger } from '../../base/log.ts';
import { sendBytes, sendPageNotFound } from './respond.ts';
import type { Call } from './server.ts';

export interface HealthCheck {
  name: string;
  /** Checks of readiness only do not speak of being alive. */
  readyOnly?: boolean;
  /** Undefined when well; else what is wrong, for the operator's log and eyes. */
  check(): string | undefined;
}

export interface Health {
  answer(call: Call): void;
  /** Every path that it answers. */
  readonly paths: readonly string[];
}

const TEXT = 'text/plain; charset=utf-8';
const ENDPOINTS = ['healthz', 'livez', 'readyz'];

const relevantAt = (endpoint: string, checks: readonly HealthCheck[]): readonly HealthCheck[] =>
  checks.filter(({ readyOnly }) => endpoint === 'readyz' || !readyOnly);

export function createHealth(checks: readonly HealthCheck[], log: Logger): Health {
  return {
    paths: ENDPOINTS.flatMap((endpoint) => [
      `/${endpoint}`,
      ...relevantAt(endpoint, checks).map(({ name }) => `/${endpoint}/${name}`),
    ]),
    answer(call) {
      const [, endpoint = '', ...rest] = call.info.path.split('/');
      const name = rest.join('/');
      const relevant = relevantAt(endpoint, checks);
      if (rest.length > 0) answerOne(call, relevant, name);
      else answerAll(call, endpoint, relevant, log);
    },
  };
}

function answerOne(call: Call, checks: readonly HealthCheck[], name: string): void {
  const found = checks.find((one) => one.name === name);
  if (!found) return sendPageNotFound(call.response);
  const problem = found.check();
  if (problem === undefined) return sendBytes(call.response, 200, TEXT, 'ok');
  call.response.setHeader('X-Content-Type-Options', 'nosniff');
  sendBytes(call.response, 500, TEXT, `internal server error: ${problem}\n`);
}

function answerAll(call: Call, endpoint: string, checks: readonly HealthCheck[], log: Logger): void {
  const excluded = new Set(call.info.query.getAll('exclude'));
  const lines: string[] = [];
  const failed: Record<string, string> = {};
  for (const { name, check } of checks) {
    const problem = excluded.has(name) ? undefined : check();
    if (problem) failed[name] = problem;
    lines.push(
      problem ? `[-]${name} failed: reason withheld` : `[+]${name} ${excluded.has(name) ? 'excluded: ok' : 'ok'}`,
    );
  }
  const unknown = [...excluded].filter((name) => !checks.some((one) => one.name === name)).sort();
  if (unknown.length > 0)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => goQuote(name)).join(',')}`,
    );
  const verbose = call.info.query.has('verbose');
  const isWell = Object.keys(failed).length === 0;
  if (!isWell) log.info({ failed }, `${endpoint} check failed`);
  const text = !isWell || verbose ? `${lines.join('\n')}\n${endpoint} check ${isWell ? 'passed' : 'failed'}\n` : 'ok';
  call.response.setHeader('X-Content-Type-Options', 'nosniff');
  sendBytes(call.response, !isWell ? 500 : 200, TEXT, text);
}
