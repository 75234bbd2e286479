/**
 * A daemon that starts with 10,000 manifests in its repository: with nothing in its store, from opening git to serving them; then once more with all of
 * them in force, from the beginning. The floor is reading every blob with `git cat-file --batch`, then parsing each with the YAML library, on one thread.
 */

import { join } from 'node:path';
import { parse } from 'yaml';
import { run } from '../../../daemon/base/process.ts';
import { CONFIG_MAPS } from '../../../daemon/kinds/resources.ts';
import { openBenchApi } from '../support/bench-api.ts';
import { figureOf } from '../support/figure.ts';
import { createManifests, git } from '../support/repository.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const MANIFESTS = 10_000;
const ROUNDS = 3;

export const coldLoad: Scenario = {
  name: 'cold-load',
  summary: 'cold load of 10,000 manifests, against git cat-file --batch and parsing',
  async run({ directory, say }) {
    const workTree = join(directory, 'work');
    await createManifests(workTree, MANIFESTS);
    const ours: number[] = [];
    const again: number[] = [];
    const floor: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      say(`round ${round + 1} of ${ROUNDS}`);
      const data = join(directory, `data-${round}`);
      await git(directory, 'clone', '-q', '--bare', workTree, join(data, 'desired.git'));
      floor.push(await readAndParse(join(data, 'desired.git')));
      ours.push((await loadOnce(data)).gitMs);
      again.push((await loadOnce(data)).allMs);
    }
    const peer = { name: 'cat-file --batch + parse', samples: floor };
    const cold = figureOf({
      figure: `cold load of ${MANIFESTS} manifests`,
      unit: 'ms',
      samples: ours,
      peer,
      goal: { of: 'ratio', atMost: 1.5 },
      note: 'judged, defaulted and durable, while the floor only reads',
    });
    const restart = figureOf({
      figure: `start with ${MANIFESTS} manifests in force`,
      unit: 'ms',
      samples: again,
      peer,
      goal: { of: 'ratio', atMost: 1.5 },
      note: 'opening the store and the repository, and the cluster’s own objects',
    });
    return [cold, restart];
  },
};

async function loadOnce(dataDir: string): Promise<{ gitMs: number; allMs: number }> {
  const api = await openBenchApi(dataDir);
  try {
    const { steps, readyMs } = api.controlPlane;
    const { items } = await api.client.list(CONFIG_MAPS, { namespace: 'default', labelSelector: 'app=bench' });
    verify(items.length === MANIFESTS, `${items.length} of ${MANIFESTS} manifests were loaded`);
    return { gitMs: readyMs - steps.at(-1)!.atMs, allMs: readyMs - steps[0]!.atMs };
  } finally {
    await api.close();
  }
}

async function readAndParse(repository: string): Promise<number> {
  const began = performance.now();
  const tree = await git(repository, 'ls-tree', '-r', 'main');
  const ids = tree.split('\n').map((line) => line.split(/\s/)[2]!);
  const { stdout } = await run('git', ['-C', repository, 'cat-file', '--batch'], { input: `${ids.join('\n')}\n` });
  let parsed = 0;
  for (const text of stdout.split(/^[0-9a-f]{40} blob \d+\n/m).slice(1)) {
    if ((parse(text) as { kind?: string }).kind === 'ConfigMap') parsed++;
  }
  verify(parsed === MANIFESTS, `the floor parsed ${parsed} of ${MANIFESTS}`);
  return performance.now() - began;
}
