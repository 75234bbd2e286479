/**
 * One of 10,000 manifests changes: from the start of `git push` until a watch of the API has the object. The peer is the same push to a bare repository
 * that nobody follows: what git itself takes. A second figure leaves git's push out: the ref is moved in the hosted repository by its
 * administrator; its floor is `git diff-tree`, which any follower has to do.
 */

import { join } from 'node:path';
import type { WatchEvent } from '../../../daemon/client/client.ts';
import { CONFIG_MAPS } from '../../../daemon/kinds/resources.ts';
import type { ConfigMap } from '../../../daemon/kinds/types.generated.ts';
import { type BenchApi, openBenchApi } from '../support/bench-api.ts';
import { figureOf } from '../support/figure.ts';
import { commitManifest, createManifests, git, manifestName } from '../support/repository.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const MANIFESTS = 10_000;
const PUSHES = 25;

export const pushVisible: Scenario = {
  name: 'push-visible',
  summary: 'push → visible in the API, 1 of 10,000 manifests changed, against git alone',
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
      const measured = await measure(api, workTree, plain);
      return [
        figureOf({
          figure: `git push begun → visible, 1 of ${MANIFESTS} manifests`,
          unit: 'ms',
          samples: measured.pushes,
          statistic: 'p99',
          peer: { name: 'git push to a bare repository', samples: measured.plainPushes },
          goal: { of: 'value', atMost: 50 },
          note: 'includes git’s own processes on both sides',
        }),
        figureOf({
          figure: 'git update-ref begun → visible',
          unit: 'ms',
          samples: measured.moves,
          statistic: 'p99',
          peer: { name: 'git diff-tree', samples: measured.diffs },
          goal: { of: 'value', atMost: 50 },
        }),
      ];
    } finally {
      await api.close();
    }
  },
};

const hostedOf = ({ controlPlane }: BenchApi) => join(controlPlane.dataDir, 'desired.git');

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

async function measure(api: BenchApi, workTree: string, plain: string) {
  const hosted = hostedOf(api);
  const seen = await openEyes(api);
  const result = { pushes: [] as number[], plainPushes: [] as number[], moves: [] as number[], diffs: [] as number[] };
  for (let index = 0; index < PUSHES; index++) {
    const value = `pushed-${index}`;
    const before = await git(workTree, 'rev-parse', 'HEAD');
    const commit = await commitManifest(workTree, index, value);
    result.diffs.push(await timed(() => git(workTree, 'diff-tree', '-r', before, commit)));
    result.plainPushes.push(await timed(() => git(workTree, 'push', '-q', plain, 'main')));
    const push = git(workTree, 'push', '-q', hosted, 'main');
    result.pushes.push(await timed(() => seen.until(manifestName(index), value)));
    await push;
  }
  for (let index = 0; index < PUSHES; index++) {
    const value = `moved-${index}`;
    const commit = await commitManifest(workTree, index, value);
    // The objects first, under another name: the move itself is what is measured.
    await git(workTree, 'push', '-q', hosted, `main:refs/heads/staging-${index}`);
    const move = git(hosted, 'update-ref', 'refs/heads/main', commit);
    result.moves.push(await timed(() => seen.until(manifestName(index), value)));
    await move;
  }
  seen.stop();
  const { items } = await api.client.list(CONFIG_MAPS, { namespace: 'default', labelSelector: 'app=bench' });
  verify(items.length === MANIFESTS, `${items.length} of ${MANIFESTS} manifests are in the API`);
  const changed = items.filter(({ data }) => data?.['key']?.startsWith('moved-'));
  verify(changed.length === PUSHES, `${changed.length} of ${PUSHES} changes are in the API`);
  return result;
}

/** A watch that tells when an object has a value. */
async function openEyes(api: BenchApi) {
  const abort = new AbortController();
  const waiting = new Map<string, () => void>();
  const { metadata } = await api.client.list(CONFIG_MAPS, { namespace: 'default', limit: 1 });
  const options = { namespace: 'default', resourceVersion: metadata.resourceVersion, signal: abort.signal };
  const read = async (events: AsyncIterable<WatchEvent<ConfigMap>>) => {
    for await (const { object } of events) waiting.get(`${object.metadata?.name} ${object.data?.['key']}`)?.();
  };
  void read(api.client.watch(CONFIG_MAPS, options));
  return {
    until: (name: string, value: string) => new Promise<void>((resolve) => waiting.set(`${name} ${value}`, resolve)),
    stop: () => abort.abort(),
  };
}
