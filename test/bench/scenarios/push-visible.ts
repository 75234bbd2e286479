/**
 * One of 10,000 manifests changes. What is held to a goal is the time from the update of the ref (the moment that its file is renamed into place, by the
 * file system's own stamp, which is up to 4 ms early) until a watch of the API has the object; its floor is `git diff-tree`, which any follower has to
 * do. Beside it the whole push as its user sees it: from the start of `git push`, against the same push to a bare repository that nobody follows.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_MAPS } from '../../../daemon/kinds/resources.ts';
import { type BenchApi, openBenchApi } from '../support/bench-api.ts';
import { openEyes } from '../support/eyes.ts';
import { figureOf } from '../support/figure.ts';
import { commitManifest, createManifests, git, manifestName } from '../support/repository.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const MANIFESTS = 10_000;
const PUSHES = 50;
const MOVES = 30;

export const pushVisible: Scenario = {
  name: 'push-visible',
  summary: 'ref updated → visible in the API, 1 of 10,000 manifests changed, against git alone',
  async run({ directory, say }) {
    const workTree = join(directory, 'work');
    await createManifests(workTree, MANIFESTS);
    const plain = join(directory, 'plain.git');
    await git(directory, 'init', '-q', '--bare', '-b', 'main', plain);
    await git(workTree, 'push', '-q', plain, 'main');
    const api = await openBenchApi(join(directory, 'data'));
    try {
      const began = performance.now();
      await git(workTree, 'push', '-q', hostedOf(api), 'main');
      say(`the first push of ${MANIFESTS} manifests took ${Math.round(performance.now() - began)} ms`);
      return figuresOf(await measure(api, workTree, plain));
    } finally {
      await api.close();
    }
  },
};

function figuresOf({ pushed, moved, pushes, plainPushes, diffs }: Measured) {
  const peer = { name: 'git diff-tree', samples: diffs };
  const common = { unit: 'ms', statistic: 'p99', goal: { of: 'value', atMost: 50 } } as const;
  return [
    figureOf({ ...common, figure: `ref updated by a push → visible, 1 of ${MANIFESTS}`, samples: pushed, peer }),
    figureOf({ ...common, figure: `ref updated on the host → visible, 1 of ${MANIFESTS}`, samples: moved, peer }),
    figureOf({
      figure: `git push begun → visible, 1 of ${MANIFESTS}`,
      unit: 'ms',
      samples: pushes,
      peer: { name: 'git push to a bare repository', samples: plainPushes },
      note: 'includes git’s own processes on both sides',
    }),
  ];
}

interface Measured {
  /** From the ref's update, by `git push` and by `git update-ref`. */
  pushed: number[];
  moved: number[];
  /** From the start of `git push`. */
  pushes: number[];
  plainPushes: number[];
  diffs: number[];
}

const hostedOf = ({ controlPlane }: BenchApi) => join(controlPlane.dataDir, 'desired.git');

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

async function measure(api: BenchApi, workTree: string, plain: string): Promise<Measured> {
  const hosted = hostedOf(api);
  const seen = await openEyes(api);
  const result: Measured = { pushed: [], moved: [], pushes: [], plainPushes: [], diffs: [] };
  /** Runs what updates the ref; returns when the change was seen, and how long after the update that was. */
  const see = async (index: number, value: string, update: () => Promise<unknown>) => {
    const sight = seen.until(manifestName(index), value);
    await update();
    const atMs = await sight;
    return { atMs, sinceUpdateMs: atMs - (await stat(join(hosted, 'refs/heads/main'))).ctimeMs };
  };
  for (let index = 0; index < PUSHES; index++) {
    const value = `pushed-${index}`;
    const before = await git(workTree, 'rev-parse', 'HEAD');
    const commit = await commitManifest(workTree, index, value);
    result.diffs.push(await timed(() => git(workTree, 'diff-tree', '-r', before, commit)));
    result.plainPushes.push(await timed(() => git(workTree, 'push', '-q', plain, 'main')));
    const beganMs = performance.timeOrigin + performance.now();
    const { atMs, sinceUpdateMs } = await see(index, value, () => git(workTree, 'push', '-q', hosted, 'main'));
    result.pushed.push(sinceUpdateMs);
    result.pushes.push(atMs - beganMs);
  }
  for (let index = 0; index < MOVES; index++) {
    const value = `moved-${index}`;
    const commit = await commitManifest(workTree, index, value);
    // The objects first, under another name: the move itself is what is measured.
    await git(workTree, 'push', '-q', hosted, `main:refs/heads/staging-${index}`);
    const { sinceUpdateMs } = await see(index, value, () => git(hosted, 'update-ref', 'refs/heads/main', commit));
    result.moved.push(sinceUpdateMs);
  }
  seen.stop();
  const { items } = await api.client.list(CONFIG_MAPS, { namespace: 'default', labelSelector: 'app=bench' });
  verify(items.length === MANIFESTS, `${items.length} of ${MANIFESTS} manifests are in the API`);
  const changed = items.filter(({ data }) => data?.['key']?.startsWith('moved-'));
  verify(changed.length === MOVES, `${changed.length} of ${MOVES} changes are in the API`);
  return result;
}
