/**
 * The disk under the data directory is full: nothing is acknowledged that is not durable, people are told why, reading goes on, and writing too as soon
 * as there is space. A file system in memory, small, of the test's own.
 */

import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { type ControlPlaneProcess, startControlPlaneProcess } from '../bench/support/control-plane-process.ts';
import { createClone } from '../git/support/world.ts';
import { SKIP_E2E, waitFor } from '../support/reflet.ts';

const DISK_MIB = 48;
/** The last page of a file takes some more writes. */
const TRIES_MAX = 100;

describe.skipIf(SKIP_E2E)('a full disk', () => {
  let folder: string;
  let dataDir: string;
  let daemon: ControlPlaneProcess;
  const acknowledged: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reflet-full-'));
    dataDir = join(folder, 'data');
    await mkdir(dataDir);
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', dataDir]);
    if (mounted.exitCode !== 0) throw new Error(mounted.stderr);
    daemon = await startControlPlaneProcess(dataDir);
    await create('before', 'default');
    await kubectl('create', 'namespace', 'runtime');
  });
  afterAll(async () => {
    await daemon?.stop();
    await run('umount', [dataDir]);
    await rm(folder, { recursive: true, force: true });
  });

  const kubectl = (...args: string[]) =>
    run('kubectl', args, { env: { KUBECONFIG: daemon.kubeconfig, HOME: folder }, timeoutMs: 60_000 });
  /** In `default` it becomes a commit. Resolves with what kubectl says when it is refused. */
  async function create(name: string, namespace: string): Promise<string | undefined> {
    const padding = '-'.repeat(500);
    const { exitCode, stderr } = await kubectl(
      'create',
      'configmap',
      name,
      '-n',
      namespace,
      `--from-literal=k=${padding}`,
    );
    if (exitCode !== 0) return stderr;
    acknowledged.push(`${namespace}/${name}`);
    return undefined;
  }
  const present = async () => {
    const { stdout } = await kubectl(
      'get',
      'configmaps',
      '-A',
      '-o',
      'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}',
    );
    return stdout.trim().split(' ');
  };
  const git = async (...args: string[]) =>
    (await run('git', [`--git-dir=${join(dataDir, 'desired.git')}`, ...args])).stdout.trim();

  async function fill(): Promise<void> {
    const file = await open(join(dataDir, 'filler'), 'w');
    const block = Buffer.alloc(64 * 1024);
    try {
      for (;;) await file.write(block);
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    } finally {
      await file.close();
    }
  }

  it('refuses writes, says why, and goes on reading', async () => {
    await fill();
    for (const namespace of ['default', 'runtime']) {
      let refusal: string | undefined;
      for (let number = 0; refusal === undefined && number < TRIES_MAX; number++)
        refusal = await create(`full-${number}`, namespace);
      expect(refusal).toMatch(/could not be made durable and was not done: .*ENOSPC|no space left/);
    }
    expect(await present()).toEqual(expect.arrayContaining(acknowledged));
    const clone = await createClone(join(folder, 'clone'), join(dataDir, 'desired.git'));
    await clone.commit({ 'pushed.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pushed}\n' });
    const pushed = await clone.push();
    expect(await present()).not.toContain('default/pushed');
    expect(pushed.stderr).toMatch(/no space left|ENOSPC|not in force yet|unpacker error|remote/i);
  });

  it('goes on by itself when there is space, and has lost nothing that it acknowledged', async () => {
    await rm(join(dataDir, 'filler'));
    await waitFor('a write', async () => (await create(`after-${acknowledged.length}`, 'default')) === undefined);
    await waitFor('the branch', async () => {
      const files = await git('ls-tree', '-r', '--name-only', 'main');
      const committed = acknowledged.filter((one) => one.startsWith('default/'));
      return committed.every((one) => files.includes(`default/configmap-${one.slice(8)}.yaml`));
    });
    await daemon.kill();
    daemon = await startControlPlaneProcess(dataDir);
    expect(await present()).toEqual(expect.arrayContaining(acknowledged));
    const { exitCode, stderr } = await run('git', [`--git-dir=${join(dataDir, 'desired.git')}`, 'fsck', '--full']);
    expect(exitCode, stderr).toBe(0);
    const left = (await run('find', [join(dataDir, 'desired.git/objects'), '-name', 'tmp_obj_*'])).stdout.trim();
    expect(left).toBe('');
  });
});
