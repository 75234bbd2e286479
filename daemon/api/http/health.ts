/**
 * `/livez`, `/readyz`, `/healthz`: named checks, each also at a path of its own; `?verbose` lists them, `?exclude=` leaves some out
 * (`apiserver/pkg/server/healthz`).
 */

import { methodNotAllowed, pageNotFound } from './resource-handler.ts';
import { sendBytes } from './respond.ts';
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
}

export function createHealth(checks: readonly HealthCheck[]): Health {
  return {
    answer(call) {
      if (call.info.method !== 'GET' && call.info.method !== 'HEAD') throw methodNotAllowed();
      const [, endpoint = '', ...rest] = call.info.path.split('/');
      const name = rest.join('/');
      const relevant = checks.filter(({ readyOnly }) => endpoint === 'readyz' || !readyOnly);
      if (name) return answerOne(call, relevant, name);
      answerAll(call, endpoint, relevant);
    },
  };
}

function answerOne(call: Call, checks: readonly HealthCheck[], name: string): void {
  const found = checks.find((one) => one.name === name);
  if (!found) throw pageNotFound();
  const problem = found.check();
  sendBytes(
    call.response,
    problem ? 500 : 200,
    'text/plain; charset=utf-8',
    problem ? `internal server error: ${problem}\n` : 'ok',
  );
}

function answerAll(call: Call, endpoint: string, checks: readonly HealthCheck[]): void {
  const excluded = new Set(call.info.query.getAll('exclude'));
  const lines: string[] = [];
  let failed = false;
  for (const { name, check } of checks) {
    if (excluded.has(name)) lines.push(`[+]${name} excluded: ok`);
    else if (check()) {
      failed = true;
      lines.push(`[-]${name} failed: reason withheld`);
    } else lines.push(`[+]${name} ok`);
  }
  const unknown = [...excluded].filter((name) => !checks.some((one) => one.name === name));
  if (unknown.length > 0)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(', ')}`,
    );
  const verbose = call.info.query.has('verbose');
  const text = failed || verbose ? `${lines.join('\n')}\n${endpoint} check ${failed ? 'failed' : 'passed'}\n` : 'ok';
  sendBytes(call.response, failed ? 500 : 200, 'text/plain; charset=utf-8', text);
}
