/** The data directory is gone but for keys and repository: a start brings the same cluster back, and what runs does not notice. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import type { Pod } from '../../daemon/kinds/types.generated.ts';
import { checkpointed, everyNodeReported, loseData, readAll, snapshotOf } from '../support/rebuild.ts';
import { fetchText, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const HELLO = 'http://127.0.0.1:30000/';

describe.skipIf(SKIP_E2E)('a rebuild', () => {
  let host: RefletHost;
  beforeAll(async () => {
    host = await startReflet({ port: 16_452 });
    await waitFor('the first page', () => fetchText(HELLO));
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
  });
  afterAll(() => host?.close());

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
    await host.must('rollout', 'status', 'deployment/scaled', '-n', 'lab', '--timeout=100s');
    // One in git (a write in a namespace that follows it is a commit), one at run time only.
    for (const namespace of ['default', 'lab']) {
      await host.must('create', 'job', 'once', '-n', namespace, `--image=${image}`, '--', 'sh', '-c', 'exit 0');
      await host.must('wait', 'job/once', '-n', namespace, '--for=condition=complete', '--timeout=100s');
    }
    for (let request = 0; request < 5; request++) await fetchText(HELLO);
    await checkpointed(host, join(host.dataDir, 'desired.git'));
    const before = await snapshotOf(host);
    const containers = await podmanIds();
    const rulesBefore = await rules();
    const revision = await newestRevision();
    await host.crash(); // without a chance to write a last checkpoint
    await loseData(host, ['keys', 'desired.git']);
    await host.startAgain();
    await everyNodeReported(host);
    expect(await snapshotOf(host)).toEqual(before);
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
      const pods = await readAll<Pod>(host, 'pods', '-l', 'app=scaled');
      return pods.filter(({ metadata }) => !metadata?.deletionTimestamp).length === 1;
    });
    // Long after every node had reported: what held the controllers back is over, and no Job has run again.
    const ofJobs = await readAll<Pod>(host, 'pods', '-l', 'job-name=once');
    expect(ofJobs.map(({ status }) => status?.phase)).toEqual(['Succeeded', 'Succeeded']);
  });
});
