/**
 * `reflet plan` of a branch that changes 20 of 200 applications: how long the daemon's event loop is held at most meanwhile (everybody
 * else's requests wait that long), and how long the plan takes. The floor is how long the loop is held when nothing is asked of it.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askForPlan } from '../../../daemon/bin/plan-client.ts';
import { openBenchApi } from '../support/bench-api.ts';
import { figureOf } from '../support/figure.ts';
import { git } from '../support/repository.ts';
import { type Scenario, verify } from '../support/scenario.ts';
import { createApplications } from './applications.ts';

const APPLICATIONS = 200;
const CHANGED = 20;
const PLANS = 5;

export const plan: Scenario = {
  name: 'plan',
  summary: 'event loop held and time taken while a branch is planned, 20 of 200 applications changed',
  async run({ directory, say }) {
    const workTree = join(directory, 'work');
    await createApplications(workTree, APPLICATIONS);
    const api = await openBenchApi(join(directory, 'data'));
    const { client, controlPlane } = api;
    try {
      await git(workTree, 'push', '-q', join(controlPlane.dataDir, 'desired.git'), 'main');
      await changeSome(workTree);
      await delay(3_000); // what the push set going comes to rest
      const idle: number[] = [];
      const held: number[] = [];
      const took: number[] = [];
      for (let round = 0; round < PLANS; round++) {
        say(`plan ${round + 1} of ${PLANS}`);
        await controlPlane.heldMsMax();
        await delay(500);
        idle.push(await controlPlane.heldMsMax());
        const began = performance.now();
        const { objects } = await askForPlan(client, { revision: 'next', directory: workTree });
        took.push(performance.now() - began);
        held.push(await controlPlane.heldMsMax());
        verify(objects.length === CHANGED, `${objects.length} of ${CHANGED} changes are in the plan`);
      }
      return [
        figureOf({
          figure: `event loop held while ${CHANGED} of ${APPLICATIONS} applications are planned`,
          unit: 'ms',
          samples: held,
          peer: { name: 'the loop at rest', samples: idle },
          goal: { of: 'value', atMost: 50 },
        }),
        figureOf({ figure: `plan of ${CHANGED} of ${APPLICATIONS} applications`, unit: 'ms', samples: took }),
      ];
    } finally {
      await api.close();
    }
  },
};

async function changeSome(workTree: string): Promise<void> {
  await git(workTree, 'checkout', '-q', '-b', 'next');
  for (let index = 0; index < CHANGED; index++) {
    const file = join(workTree, `app-${index}`, 'deployment.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/replicas: \d+/, 'replicas: 3'));
  }
  await git(workTree, 'commit', '-q', '-a', '-m', `Scale ${CHANGED} applications`);
}
