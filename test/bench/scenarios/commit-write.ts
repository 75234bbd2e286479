/**
 * A write through the API that becomes a commit, over HTTPS: to a namespace that follows the repository. Acknowledged means: durable together with its
 * git objects. Ends with `kill -9`; after a restart every acknowledged write is an object of the API and a file of the branch's tip.
 */

import { join } from 'node:path';
import { CONFIG_MAPS } from '../../../daemon/kinds/resources.ts';
import { type BenchApi, openBenchApi } from '../support/bench-api.ts';
import { figureOf } from '../support/figure.ts';
import { measureFdatasync } from '../support/floors.ts';
import { configMap } from '../support/objects.ts';
import { git } from '../support/repository.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const SEQUENTIAL = 200;
const WARM = 50;
const CONCURRENT = 1000;
const WRITERS = 100;

export const commitWrite: Scenario = {
  name: 'commit-write',
  summary: 'a kubectl-like write acknowledged as a commit, against fdatasync',
  async run({ directory, say }) {
    const floor = measureFdatasync(directory, 1000);
    const dataDir = join(directory, 'data');
    const api = await openBenchApi(dataDir);
    const written: string[] = [];
    const write = async (name: string) => {
      await api.client.create(CONFIG_MAPS, configMap(name, 'default', 'committed'));
      written.push(name);
    };
    let latencies: number[];
    let perSecond: number;
    try {
      latencies = await oneByOne(write);
      say(`${CONCURRENT} writes by ${WRITERS} writers`);
      perSecond = await together(write);
    } finally {
      await api.controlPlane.kill();
    }
    const commits = await verifyAfterKill(dataDir, written);
    const note = `after kill -9, all ${written.length} acknowledged writes were in the API and in the tip (${commits} commits)`;
    return [
      figureOf({
        figure: 'write acknowledged as a commit, 1 client, HTTPS',
        unit: 'ms',
        samples: latencies,
        peer: { name: 'fdatasync of 300 B', samples: floor },
        goal: { of: 'ratio', atMost: 3 },
        note,
      }),
      figureOf({ figure: `writes acknowledged as commits, ${WRITERS} clients`, unit: '/s', samples: [perSecond] }),
    ];
  },
};

async function oneByOne(write: (name: string) => Promise<void>): Promise<number[]> {
  const latencies: number[] = [];
  for (let index = 0; index < SEQUENTIAL; index++) {
    const began = performance.now();
    await write(`one-${index}`);
    if (index >= WARM) latencies.push(performance.now() - began);
  }
  return latencies;
}

async function together(write: (name: string) => Promise<void>): Promise<number> {
  const began = performance.now();
  let next = 0;
  const writer = async () => {
    while (next < CONCURRENT) await write(`many-${next++}`);
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return (CONCURRENT / (performance.now() - began)) * 1000;
}

async function verifyAfterKill(dataDir: string, written: readonly string[]): Promise<string> {
  const api: BenchApi = await openBenchApi(dataDir);
  try {
    const { items } = await api.client.list(CONFIG_MAPS, { namespace: 'default' });
    const present = new Set(items.map(({ metadata }) => metadata?.name));
    const repository = join(dataDir, 'desired.git');
    const files = new Set((await git(repository, 'ls-tree', '-r', '--name-only', 'main')).split('\n'));
    for (const name of written) {
      verify(present.has(name), `${name} was acknowledged and is not in the API`);
      const file = `default/configmap-${name}.yaml`;
      verify(files.has(file), `${name} was acknowledged and ${file} is not in the branch’s tip`);
    }
    return await git(repository, 'rev-list', '--count', 'main');
  } finally {
    await api.close();
  }
}
