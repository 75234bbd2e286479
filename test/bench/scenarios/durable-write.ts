/**
 * Durable runtime writes: the store above its file log, one writer and a thousand. The floor is fdatasync on the same disk, the peer etcd, single
 * member, beside it (when installed). Ends with `kill -9` in the middle of writing, and finds every acknowledged write afterwards.
 */

import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from '../../../daemon/base/process.ts';
import { createStore } from '../../../daemon/store/create-store.ts';
import { openFileLog } from '../../../daemon/store/file-log.ts';
import { measureEtcd } from '../support/etcd.ts';
import { type Figure, figureOf } from '../support/figure.ts';
import { measureFdatasync } from '../support/floors.ts';
import { type Scenario, type Tools, verify } from '../support/scenario.ts';

const CLIENTS_MANY = 1000;
const ROUNDS = 5;
const ROUND_MS = 1500;

export const durableWrite: Scenario = {
  name: 'durable-write',
  summary: 'durable runtime writes by 1 and by 1,000 clients, against fdatasync and etcd',
  async run({ directory, say }) {
    say('writing by one client');
    const floor = measureFdatasync(directory, 2000);
    const one = await writeRounds(directory, 'one', 1);
    say(`writing by ${CLIENTS_MANY} clients`);
    const many = await writeRounds(directory, 'many', CLIENTS_MANY);
    say('writing to etcd');
    const etcd = await measureEtcd(directory, [1, CLIENTS_MANY], ROUND_MS);
    say('kill -9 while writing');
    const found = await killWhileWriting(directory);
    const note = `after kill -9, ${found} of ${found} acknowledged writes were found`;
    const figures: Figure[] = [
      figureOf({
        figure: 'durable write, 1 client',
        unit: 'ms',
        samples: one.latencies,
        peer: { name: 'fdatasync of 300 B', samples: floor },
        goal: { of: 'ratio', atMost: 2 },
        note,
      }),
    ];
    const rows = [
      { clients: 1, rates: one.rates, least: 2 },
      { clients: CLIENTS_MANY, rates: many.rates, least: 1 },
    ];
    for (const { clients, rates, least } of rows) {
      const peer = etcd?.get(clients);
      figures.push(
        figureOf({
          figure: `durable writes, ${clients} client${clients > 1 ? 's' : ''}`,
          unit: '/s',
          samples: rates,
          ...(peer ? { peer: { name: 'etcd', samples: peer } } : {}),
          goal: { of: 'ratio', atLeast: least },
        }),
      );
    }
    return figures;
  },
};

/** Acknowledged writes a second, round by round, and how long each write took. */
async function writeRounds(directory: string, name: string, clients: number) {
  const store = await createStore(await openFileLog(join(directory, name)));
  const rates: number[] = [];
  const latencies: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    let written = 0;
    const began = performance.now();
    const end = began + ROUND_MS;
    const writer = async (client: number) => {
      for (let turn = 0; performance.now() < end; turn++) {
        const key = `/registry/core/configmaps/default/c${client}-${turn % 10}`;
        const sent = performance.now();
        await store.commit([
          { type: 'put', key, value: { metadata: { name: `c${client}` }, data: { turn: 'x'.repeat(100) } } as never },
        ]);
        if (latencies.length < 100_000) latencies.push(performance.now() - sent);
        written++;
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, client) => writer(client)));
    rates.push((written / (performance.now() - began)) * 1000);
  }
  await store.close();
  return { rates, latencies };
}

const KILL_AFTER_ACKNOWLEDGED = 20_000;

/** Lets a process write, kills it, opens what it left. Returns how many acknowledged writes were found; rejects when one is missing. */
async function killWhileWriting(directory: Tools['directory']): Promise<number> {
  const storeDir = join(directory, 'killed');
  const program = fileURLToPath(new URL('../support/store-writer.ts', import.meta.url));
  const child = start(process.execPath, [program, storeDir, String(100)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged = new Map<string, number>();
  let count = 0;
  let rest = '';
  for await (const chunk of child.stdout! as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop()!; // a line cut by the kill was not acknowledged as far as anybody knows
    for (const line of lines) {
      const [key = '', turn] = line.split(' ');
      acknowledged.set(key, Math.max(acknowledged.get(key) ?? 0, Number(turn)));
      count++;
    }
    if (count >= KILL_AFTER_ACKNOWLEDGED) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  verify(child.signalCode === 'SIGKILL', `the writer ended by itself with ${child.exitCode}`);
  const store = await createStore(await openFileLog(storeDir));
  for (const [key, turn] of acknowledged) {
    const found = Number((store.get(key)?.value as { data?: { turn?: string } } | undefined)?.data?.turn ?? -1);
    verify(found >= turn, `${key} was acknowledged at turn ${turn}, and ${found} was found`);
  }
  await store.close();
  return count;
}
