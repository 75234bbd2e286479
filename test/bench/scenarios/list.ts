/**
 * A list of 10,000 pods over HTTPS, against bare node:https writing the same bytes; by processor time, since reader and writer share the host. And
 * the memory that the server needs for it beyond what it holds anyway.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { type LagServer, startLagServer } from '../../api/lag/lag-server.ts';
import { startBareServer } from '../support/bare-process.ts';
import { figureOf } from '../support/figure.ts';
import { processorMs } from '../support/process-usage.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const LISTED_PODS = 10_000;
const PATH = '/api/v1/pods';
/** Lists a round: a tick of processor time is 10 ms. */
const LISTS = 5;
const ROUNDS = 6;
/** Rounds before the compilers are done. */
const WARM_ROUNDS = 1;

export const list: Scenario = {
  name: 'list',
  summary: 'a list of 10,000 pods, against bare node:https writing the same bytes',
  async run({ directory, say }) {
    say(`${LISTED_PODS} pods`);
    const api = await startLagServer(LISTED_PODS);
    try {
      const { text, json } = await api.ask('GET', PATH);
      verify((json as { items: object[] }).items.length === LISTED_PODS, 'pods are missing from the list');
      await writeFile(join(directory, 'body'), text);
      const bare = await startBareServer(api.keysDirectory, join(directory, 'body'));
      try {
        return await measure(api, bare, text);
      } finally {
        await bare.stop();
      }
    } finally {
      await api.stop();
    }
  },
};

interface Side {
  port: number;
  pid: number;
}

async function measure(api: LagServer, bare: Side, body: string) {
  const digest = createHash('sha256').update(body).digest('hex');
  const ours: number[] = [];
  const floor: number[] = [];
  const memory: number[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) {
    const before = residentMiB(api.pid);
    const our = await round(api, api, PATH, digest);
    const extra = residentMiB(api.pid, 'VmHWM') - before;
    const least = await round(api, bare, '/get', digest);
    if (turn < WARM_ROUNDS) continue;
    ours.push(our);
    floor.push(least);
    memory.push(Math.max(extra, 0));
  }
  const name = `list of ${LISTED_PODS} pods (${(body.length / 1e6).toFixed(1)} MB)`;
  return [
    figureOf({
      figure: `processor time of a ${name}`,
      unit: 'ms',
      samples: ours,
      peer: { name: 'bare node:https, the same bytes', samples: floor },
      goal: { of: 'ratio', atMost: 1.5 },
    }),
    figureOf({
      figure: `memory beyond what was there, ${name}`,
      unit: 'MiB',
      samples: memory,
      note: 'the highest that the process ever had, which its start has a part in, less what it has before the lists',
    }),
  ];
}

/** Processor time a list, in ms. Every answer is the same, byte by byte. */
async function round(api: LagServer, { port, pid }: Side, path: string, digest: string): Promise<number> {
  const before = processorMs(pid);
  for (let index = 0; index < LISTS; index++)
    verify((await digestOf(port, path, api)) === digest, 'the answer is another one');
  return (processorMs(pid) - before) / LISTS;
}

function digestOf(port: number, path: string, { ca, certificate: cert, key }: LagServer): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    const sent = request({ host: '127.0.0.1', servername: 'localhost', port, path, ca, cert, key, agent: false });
    sent.on('response', (answer) => {
      answer.on('data', (chunk: Buffer) => hash.update(chunk));
      answer.on('end', () => resolve(hash.digest('hex')));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

function residentMiB(pid: number, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1] ?? 0) / 1024;
}
