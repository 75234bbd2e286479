/** The data directory is gone but for keys and repository: a start brings the same cluster back, and what runs does not notice. */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import type { Pod, Service } from '../../daemon/kinds/types.generated.ts';
import { fetchText, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const HELLO = 'http://127.0.0.1:30000/';
const KEPT = ['keys', 'desired.git'];

describe.skipIf(SKIP_E2E)('a rebuild', () => {
  let host: RefletHost;
  beforeAll(async () => {
    host = await startReflet({ port: 16_452 });
    await waitFor('the first page', () => fetchText(HELLO));
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=60s');
  });
  afterAll(() => host?.close());

  const git = async (...args: string[]) =>
    (await run('git', [`--git-dir=${join(host.dataDir, 'desired.git')}`, ...args])).stdout.trim();
  const read = async <T>(...args: string[]) =>
    JSON.parse(await host.must('get', ...args, '-A', '-o', 'json')) as { items: T[] };

  /** What must be the same after it. */
  async function snapshot() {
    const [pods, services, secrets, deployments] = await Promise.all([
      read<Pod>('pods'),
      read<Service>('services'),
      read<{ metadata: { name: string; uid: string }; data: unknown }>('secrets'),
      read<{ metadata: { name: string; uid: string }; spec: { replicas: number } }>('deployments'),
    ]);
    const restarts = pods.items.map(({ metadata, spec, status }) => ({
      uid: metadata?.uid,
      name: metadata?.name,
      node: spec?.nodeName,
      ip: status?.podIP,
      containers: status?.containerStatuses?.map(({ containerID, restartCount }) => [containerID, restartCount]),
    }));
    return {
      pods: restarts,
      services: services.items.map(({ metadata, spec }) => [metadata?.uid, spec?.clusterIP, spec?.ports]),
      secrets: secrets.items.map(({ metadata, data }) =>
        [metadata, data]
          .map((one) => JSON.stringify(one))
          .join()
          .replace(/"resourceVersion":"\d+",?/, ''),
      ),
      deployments: deployments.items.map(({ metadata, spec }) => [metadata.name, metadata.uid, spec.replicas]),
    };
  }

  /** Our rules with their packet counters: a rule that was made anew counts from nothing. */
  async function rules(): Promise<{ text: string[]; packets: number[] }> {
    const { stdout } = await run('iptables-save', ['-c', '-t', 'nat']);
    const lines = stdout.split('\n').filter((line) => line.includes('REFLET-') && line.startsWith('['));
    return {
      text: lines.map((line) => line.replace(/^\[\d+:\d+\] /, '')),
      packets: lines.map((line) => Number(/^\[(\d+):/.exec(line)![1])),
    };
  }
  const newestRevision = async () => {
    const list = JSON.parse(await host.must('get', '--raw', '/api/v1/pods')) as {
      metadata: { resourceVersion: string };
    };
    return Number(list.metadata.resourceVersion);
  };
  const podmanIds = async () =>
    (await run('podman', ['ps', '-q', '--no-trunc', '--filter', 'label=io.reflet.node'])).stdout
      .trim()
      .split('\n')
      .sort();

  it('has the same uids, addresses, pods, containers and rules', async () => {
    await host.must('create', 'namespace', 'lab');
    await host.must('create', 'secret', 'generic', 'made-by-hand', '-n', 'lab', '--from-literal=password=s3cret');
    const image = await host.must(
      'get',
      'deployment',
      'hello',
      '-o',
      'jsonpath={.spec.template.spec.containers[0].image}',
    );
    await host.must('create', 'deployment', 'scaled', '-n', 'lab', `--image=${image}`, '--replicas=1');
    await host.must('scale', 'deployment', 'scaled', '-n', 'lab', '--replicas=2');
    await host.must('rollout', 'status', 'deployment/scaled', '-n', 'lab', '--timeout=60s');
    for (let request = 0; request < 5; request++) await fetchText(HELLO);
    await checkpointed();
    const before = await snapshot();
    const containers = await podmanIds();
    const rulesBefore = await rules();
    const revision = await newestRevision();
    await host.crash(); // without a chance to write a last checkpoint
    await loseData();
    await host.startAgain();
    await waitFor('every node to report', async () => (await host.reflet('recovery')).exitCode === 0);
    expect(await snapshot()).toEqual(before);
    expect(await podmanIds()).toEqual(containers);
    const rulesAfter = await rules();
    expect(rulesAfter.text).toEqual(rulesBefore.text);
    for (const [index, packets] of rulesAfter.packets.entries())
      expect(packets).toBeGreaterThanOrEqual(rulesBefore.packets[index]!);
    expect(await newestRevision()).toBeGreaterThan(revision);
    expect(await fetchText(HELLO)).toBeDefined();
  });

  it('goes on: what is scaled down now ends', async () => {
    await host.must('scale', 'deployment', 'scaled', '-n', 'lab', '--replicas=1');
    await waitFor('the scale-down', async () => {
      const { items } = await read<Pod>('pods', '-l', 'app=scaled');
      return items.filter(({ metadata }) => !metadata?.deletionTimestamp).length === 1;
    });
  });

  /** Everything that is shown now is in the repository. */
  async function checkpointed(): Promise<void> {
    const { items } = await read<Pod>('pods,services,secrets,deployments,replicasets,endpointslices');
    const newest = Math.max(...items.map(({ metadata }) => Number(metadata?.resourceVersion)));
    await waitFor('the checkpoint', async () => {
      const subject = await git('log', '-1', '--format=%s', 'refs/reflet/state');
      return Number(/revision (\d+)$/.exec(subject)?.[1]) >= newest;
    });
  }

  async function loseData(): Promise<void> {
    for (const name of await readdir(host.dataDir)) {
      if (KEPT.includes(name)) continue;
      const path = join(host.dataDir, name);
      // Secret volumes are mounts that containers hold.
      await run('rm', ['-rf', '--one-file-system', path]);
      await rm(path, { recursive: true, force: true }).catch(() => {});
    }
  }
});
