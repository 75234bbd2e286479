/**
 * The API in a process of its own, which measures its event loop: the longest turn, in processor time of the main thread. Driven over IPC by
 * `lag-server.ts`.
 */

import { systemClock } from '../../../daemon/base/clock.ts';
import { PODS } from '../../../daemon/kinds/resources.ts';
import { pod } from '../../bench/support/objects.ts';
import { NAMESPACE, startApi } from '../../client/api-server.ts';
import { measureTurns } from '../../support/longest-turn.ts';
import type { LagReport, LagRequest, LagStarted } from './lag-server.ts';

const OBJECTS = Number(process.argv[2] ?? 0);

/** Nobody else works yet. */
function withoutRest(_delayMs: number, callback: () => void): () => void {
  const turn = setImmediate(callback);
  return () => clearImmediate(turn);
}

const api = await startApi();
const { store, context } = api.kernel;
await context.admission.structure.warm({ ...systemClock, after: withoutRest });
for (let index = 0; index < OBJECTS; index += 500) {
  await store.commit(
    Array.from({ length: Math.min(500, OBJECTS - index) }, (_, at) => {
      const value = pod(`p-${String(index + at).padStart(6, '0')}`, NAMESPACE);
      return { type: 'put' as const, key: `/registry/core/${PODS.plural}/${NAMESPACE}/${value.metadata!.name}`, value };
    }),
  );
}
const pair = await api.pki.issueClient('system:admin', ['system:masters']);
const started: LagStarted = {
  pid: process.pid,
  port: api.port,
  keysDirectory: api.keysDirectory,
  ca: api.pki.caCertificate,
  ...pair,
};
process.send!(started);
const turns = measureTurns();
process.on('message', ({ type }: LagRequest) => {
  if (type === 'stop') void api.close().then(() => process.exit(0));
  else {
    const report: LagReport = { longestMs: turns.longestMs() };
    process.send!(report);
  }
});
process.on('disconnect', () => process.exit(0));
