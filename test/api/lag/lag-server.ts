/** Starts the API in a process of its own (`server-process.ts`) and asks how long its turns were. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Answer, type AskOptions, ask } from '../../client/api-server.ts';

export interface LagStarted {
  pid: number;
  port: number;
  /** With the server's own certificate and key. */
  keysDirectory: string;
  ca: string;
  certificate: string;
  key: string;
}
export type LagRequest = { type: 'report' } | { type: 'stop' };
export interface LagReport {
  /** Of an idle host. */
  longestMs: number;
}

export interface LagServer extends LagStarted {
  ask(method: string, path: string, options?: AskOptions & { as?: string }): Promise<Answer>;
  /** The longest turn since the last report, in milliseconds of an idle host. */
  longestTurn(): Promise<number>;
  stop(): Promise<void>;
}

/** Of an idle host's processor time: `test/support/longest-turn.ts` says how that is measured. */
const TURN_MS_MAX = 100;
const ROUNDS_MAX = 5;

/**
 * Until in one round no turn takes a tenth of a second, and nothing waits: the first time compiles, and a crowded processor's caches and time are
 * others'. What is too much work stays too much. `round` resolves with what had to wait too long, and rejects with what is wrong on any host.
 */
export async function bestOfRounds(
  server: LagServer,
  round: (at: number) => Promise<string | undefined>,
): Promise<void> {
  const held: string[] = [];
  while (held.length < ROUNDS_MAX) {
    await server.longestTurn();
    const late = await round(held.length);
    const longestMs = await server.longestTurn();
    if (longestMs < TURN_MS_MAX && !late) return;
    held.push(late || `a turn took ${longestMs} ms`);
  }
  throw new Error(`in every round something was held up: ${held.join('; ')}`);
}

export async function startLagServer(objects: number): Promise<LagServer> {
  const child = fork(fileURLToPath(new URL('server-process.ts', import.meta.url)), [String(objects)]);
  const [started] = (await once(child, 'message')) as [LagStarted];
  const tell = (message: LagRequest) => child.send(message);
  const longestTurn = async () => {
    tell({ type: 'report' });
    const [{ longestMs }] = (await once(child, 'message')) as [LagReport];
    return longestMs;
  };
  return {
    ...started,
    ask: (method, path, { as, ...options } = {}) => {
      const who: Record<string, string> =
        as === undefined ? {} : { 'Impersonate-User': as, 'Impersonate-Group': 'system:authenticated' };
      const { port, ca, certificate: cert, key } = started;
      return ask({ ...options, method, path, port, ca, cert, key, headers: { ...who, ...options.headers } });
    },
    longestTurn,
    async stop() {
      tell({ type: 'stop' });
      await once(child, 'exit');
    },
  };
}
