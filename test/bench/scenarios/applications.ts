/**
 * A thousand applications of four objects each (Deployment, Service, ConfigMap, ServiceAccount; a file each) arrive in one push: from the start of
 * `git push` until a watch of the API has them. A commit is one publication, so one object seen is all of them; the counts are verified. The peer is
 * the same push to a bare repository that nobody follows.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_MAPS, DEPLOYMENTS, SERVICE_ACCOUNTS, SERVICES } from '../../../daemon/kinds/resources.ts';
import { openBenchApi } from '../support/bench-api.ts';
import { openEyes } from '../support/eyes.ts';
import { figureOf } from '../support/figure.ts';
import { applicationManifests } from '../support/objects.ts';
import { git } from '../support/repository.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const APPLICATIONS = 1_000;
const ROUNDS = 3;

export const applications: Scenario = {
  name: 'applications',
  summary: 'one push of 1,000 applications of 4 objects → all visible in the API',
  async run({ directory, say }) {
    const workTree = join(directory, 'work');
    await createApplications(workTree);
    const ours: number[] = [];
    const plain: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      say(`round ${round + 1} of ${ROUNDS}`);
      const bare = join(directory, `plain-${round}.git`);
      await git(directory, 'init', '-q', '--bare', '-b', 'main', bare);
      const began = performance.now();
      await git(workTree, 'push', '-q', bare, 'main');
      plain.push(performance.now() - began);
      ours.push(await pushAll(join(directory, `data-${round}`), workTree));
    }
    const figure = figureOf({
      figure: `${APPLICATIONS} applications of 4 objects, git push begun → visible`,
      unit: 'ms',
      samples: ours,
      peer: { name: 'git push to a bare repository', samples: plain },
      goal: { of: 'value', atMost: 2_000 },
      note: 'Flux 2.6 publishes 256 s for the same number of applications, on 16 cores',
    });
    return [figure];
  },
};

export async function createApplications(workTree: string, count = APPLICATIONS): Promise<void> {
  await mkdir(workTree, { recursive: true });
  await git(workTree, 'init', '-q', '-b', 'main');
  for (let index = 0; index < count; index++) {
    const name = `app-${index}`;
    await mkdir(join(workTree, name));
    for (const [file, text] of Object.entries(applicationManifests(name)))
      await writeFile(join(workTree, name, `${file}.yaml`), text);
  }
  await git(workTree, 'add', '.');
  await git(workTree, 'commit', '-q', '-m', `${count} applications`);
}

async function pushAll(dataDir: string, workTree: string): Promise<number> {
  const api = await openBenchApi(dataDir);
  try {
    const seen = await openEyes(api);
    const last = seen.until(`app-${APPLICATIONS - 1}`, 'info');
    const beganMs = performance.timeOrigin + performance.now();
    const push = git(workTree, 'push', '-q', join(dataDir, 'desired.git'), 'main');
    const tookMs = (await last) - beganMs;
    await push;
    seen.stop();
    for (const resource of [DEPLOYMENTS, SERVICES, CONFIG_MAPS, SERVICE_ACCOUNTS]) {
      const { items } = await api.client.list(resource, { namespace: 'default', labelSelector: 'bench=applications' });
      verify(items.length === APPLICATIONS, `${items.length} of ${APPLICATIONS} ${resource.plural} are in the API`);
    }
    return tookMs;
  } finally {
    await api.close();
  }
}
