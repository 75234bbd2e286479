/** The example application as people run one: three tiers in three namespaces, found by name, rolled under load. */

import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { checkpointed, everyNodeReported, loseData, snapshotOf } from '../support/rebuild.ts';
import { type Clone, fetchText, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const EXAMPLES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples');
const SHOP = 'http://127.0.0.1:30080';

describe.skipIf(SKIP_E2E)('the shop', () => {
  let host: RefletHost;
  let clone: Clone;
  beforeAll(async () => {
    host = await startReflet({ port: 16_445, args: ['--no-demonstration'] });
    const containersConf = (await readdir(host.dataDir, { recursive: true })).find((name) =>
      name.endsWith('containers.conf'),
    );
    const env: Record<string, string> = containersConf ? { CONTAINERS_CONF: join(host.dataDir, containersConf) } : {};
    const built = await run('sh', [join(EXAMPLES, 'build-images.sh')], { env, timeoutMs: 120_000 });
    if (built.exitCode !== 0) throw new Error(built.stderr);
    clone = await host.clone();
    for (const file of (await readdir(join(EXAMPLES, 'shop'))).filter((name) => name.endsWith('.yaml')))
      await cp(join(EXAMPLES, 'shop', file), join(clone.folder, file));
    await clone.git('add', '-A');
    await clone.git('commit', '-qm', 'The shop');
  });
  afterAll(() => host?.close());

  const item = (query: string, init: RequestInit = {}) => fetchText(`${SHOP}/items/${query}`, init);
  const editApp = async (change: (text: string) => string) => {
    const path = join(clone.folder, 'app.yaml');
    await writeFile(path, change(await readFile(path, 'utf8')));
    await clone.git('commit', '-qam', 'change');
  };

  it('is healthy when the push returns, and answers through its NodePort', async () => {
    const { exitCode, stderr } = await clone.push('-o', 'wait');
    expect(stderr).toContain('remote:');
    expect(exitCode).toBe(0);
    expect(await waitFor('the page', () => fetchText(`${SHOP}/`))).toContain('Welcome to the shop');
  });

  it('reads from a follower what was written to the leader', async () => {
    expect(await waitFor('the write', () => item('apple=red', { method: 'POST' }))).toBe('OK\n');
    expect(await waitFor('the read', async () => (await item('apple')) === 'red\n' && 'red')).toBe('red');
  });

  it('rolls forward and back under continuous requests, none of which fails', async () => {
    let running = true;
    const failures: string[] = [];
    const versions = new Set<string>();
    const requests = (async () => {
      while (running) {
        const text = await fetchText(`${SHOP}/version`);
        if (text === undefined) failures.push(new Date().toISOString());
        else versions.add(text.trim());
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    })();
    await editApp((text) =>
      text.replace(
        '          image: localhost/shop/app:1\n          ports',
        '          image: localhost/shop/app:2\n          ports',
      ),
    );
    expect((await clone.push('-o', 'wait')).exitCode).toBe(0);
    await waitFor('version 2', async () => (await fetchText(`${SHOP}/version`))?.trim() === '2');
    await clone.git('revert', '--no-edit', 'HEAD');
    expect((await clone.push('-o', 'wait')).exitCode).toBe(0);
    await waitFor('version 1', async () => (await fetchText(`${SHOP}/version`))?.trim() === '1');
    running = false;
    await requests;
    expect([...versions].sort()).toEqual(['1', '2']);
    expect(failures).toEqual([]);
  });

  it('scales, and heals the leader’s loss', async () => {
    await host.must('scale', '-n', 'shop-web', 'deployment/web', '--replicas=4');
    await host.must('rollout', 'status', '-n', 'shop-web', 'deployment/web', '--timeout=100s');
    const id = await host.must(
      'get',
      'pods',
      '-n',
      'shop-data',
      '-l',
      'role=leader',
      '-o',
      'jsonpath={.items[0].status.containerStatuses[0].containerID}',
    );
    await run('podman', ['kill', id.replace(/^.*:\/\//, '')]);
    await waitFor('a write', async () => (await item('pear=green', { method: 'POST' })) === 'OK\n');
    await waitFor('the read', async () => (await item('pear')) === 'green\n');
  });

  it('comes back from its repository and the keys: the same pods, addresses and answers', async () => {
    await waitFor('the shop to be healthy', async () => (await host.reflet('status')).exitCode === 0);
    await checkpointed(host, join(host.dataDir, 'desired.git'));
    const before = await snapshotOf(host);
    await host.crash();
    await loseData(host, ['keys', 'desired.git']);
    const began = performance.now();
    await host.startAgain();
    await everyNodeReported(host);
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    console.info(`recovery of the shop, from the start of the process until every node had reported: ${seconds} s`);
    expect(await snapshotOf(host)).toEqual(before);
    expect(host.output()).not.toContain('some statuses could not be written');
    expect(await item('pear')).toBe('green\n');
  });
});
