/** etcd as the peer of durable writes: one member, on the same disk, through its own JSON gateway on loopback. */

import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run, start } from '../../../daemon/base/process.ts';

const ROUNDS = 3;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Writes a second for each number of clients, round by round; undefined when etcd is not installed. */
export async function measureEtcd(
  directory: string,
  clientCounts: readonly number[],
  roundMs: number,
): Promise<Map<number, number[]> | undefined> {
  if ((await run('etcd', ['--version'])).exitCode !== 0) return undefined;
  const [client, peer] = [await freePort(), await freePort()];
  const clientUrl = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const args = [
    '--data-dir',
    join(directory, 'etcd'),
    '--listen-client-urls',
    clientUrl,
    '--advertise-client-urls',
    clientUrl,
  ];
  args.push(
    '--listen-peer-urls',
    peerUrl,
    '--initial-advertise-peer-urls',
    peerUrl,
    '--initial-cluster',
    `default=${peerUrl}`,
  );
  args.push('--log-level', 'error');
  const child = start('etcd', args, { stdio: 'ignore' });
  const agent = new Agent({ keepAlive: true });
  try {
    await untilItServes(agent, client);
    const rates = new Map<number, number[]>();
    for (const clients of clientCounts) {
      const samples: number[] = [];
      for (let round = 0; round < ROUNDS; round++) samples.push(await writeRound(agent, client, clients, roundMs));
      rates.set(clients, samples);
    }
    return rates;
  } finally {
    agent.destroy();
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function untilItServes(agent: Agent, port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await put(agent, port, 'first').catch(() => false)) return;
    await delay(100);
  }
  throw new Error('etcd did not serve within 10 s');
}

function put(agent: Agent, port: number, key: string): Promise<boolean> {
  const value = Buffer.from(JSON.stringify({ metadata: { name: key }, data: { turn: 'x'.repeat(100) } })).toString(
    'base64',
  );
  const body = JSON.stringify({ key: Buffer.from(key).toString('base64'), value });
  return new Promise((resolve, reject) => {
    const sent = request({ agent, port, host: '127.0.0.1', method: 'POST', path: '/v3/kv/put' }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode === 200));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

async function writeRound(agent: Agent, port: number, clients: number, roundMs: number): Promise<number> {
  let written = 0;
  const began = performance.now();
  const writer = async (client: number) => {
    for (let turn = 0; performance.now() - began < roundMs; turn++) {
      if (!(await put(agent, port, `c${client}-${turn % 10}`))) throw new Error('etcd refused a write');
      written++;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => writer(client)));
  return (written / (performance.now() - began)) * 1000;
}
