/** Volumes on a real file system: mounts, ownership, links that try to lead outside. */

import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Volumes } from '../../daemon/agent/volumes/contract.ts';
import { createVolumes } from '../../daemon/agent/volumes/create-volumes.ts';
import { unmountBelow } from '../../daemon/agent/volumes/unmount.ts';
import { systemClock } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { start } from '../../daemon/base/process.ts';
import type { ConfigMap, Pod } from '../../daemon/kinds/types.generated.ts';
import { SKIP_E2E } from '../support/private-host.ts';

const UID = '0aaaaaaa-0000-4000-8000-000000000001';

describe.skipIf(SKIP_E2E)('volumes', () => {
  let root: string;
  let volumes: Volumes;
  let tokensGiven = 0;
  const configMaps = new Map<string, ConfigMap>();

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'reflet-volumes-'));
    configMaps.set('cm', { data: { 'index.html': 'one', other: 'same' } });
    tokensGiven = 0;
    volumes = open(root);
  });
  afterEach(async () => {
    await volumes.cleanup(UID);
    await unmountBelow(root);
    await rm(root, { recursive: true });
  });

  const open = (directory: string) =>
    createVolumes({
      root: join(directory, 'pods'),
      secretRoot: join(directory, 'secrets'),
      sources: {
        configMap: (_, name) => configMaps.get(name),
        secret: () => ({ data: { password: Buffer.from('hidden').toString('base64') } }),
        token: async () => ({ token: `signed-${++tokensGiven}`, expiresMs: systemClock.now() + 3_600_000 }),
      },
      allocatable: () => ({ cpu: '2', memory: '4Gi' }),
      environment: () => new Map([['POD', 'p']]),
      clock: systemClock,
      log: silentLogger,
    });

  const pod = (list: object[], volumeMounts: object[]): Pod =>
    ({
      metadata: { namespace: 'ns', name: 'p', uid: UID },
      spec: { securityContext: { fsGroup: 2000 }, volumes: list, containers: [{ name: 'c', volumeMounts }] },
    }) as Pod;

  it('updates a configMap’s files while a subPath keeps what it was, until the next container', async () => {
    const one = pod(
      [{ name: 'v', configMap: { name: 'cm' } }],
      [
        { name: 'v', mountPath: '/x' },
        { name: 'v', mountPath: '/i', subPath: 'index.html' },
      ],
    );
    expect(await volumes.prepare(one)).toEqual({ ok: true });
    const [whole, part] = await volumes.mounts(one, 'c');
    expect(whole).toMatchObject({ destination: '/x', readOnly: true });
    configMaps.set('cm', { data: { 'index.html': 'two', other: 'same' } });
    await volumes.update(one);
    expect(await readFile(join(whole!.source, 'index.html'), 'utf8')).toBe('two');
    expect(await readFile(part!.source, 'utf8')).toBe('one');
    const [, again] = await volumes.mounts(one, 'c');
    expect(await readFile(again!.source, 'utf8')).toBe('two');
  });

  it('keeps secrets and tokens on tmpfs, readable by the pod’s group', async () => {
    const one = pod(
      [
        { name: 's', secret: { secretName: 'x' } },
        { name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      ],
      [
        { name: 's', mountPath: '/s' },
        { name: 't', mountPath: '/t' },
      ],
    );
    expect(await volumes.prepare(one)).toEqual({ ok: true });
    const [secret, token] = await volumes.mounts(one, 'c');
    const { mode, gid } = await stat(join(token!.source, 'token'));
    expect([(mode & 0o777).toString(8), gid]).toEqual(['640', 2000]);
    expect(await readFile(join(secret!.source, 'password'), 'utf8')).toBe('hidden');
    expect(
      (await readFile('/proc/self/mountinfo', 'utf8'))
        .split('\n')
        .find((line) => line.split(' ')[4] === join(root, 'secrets')),
    ).toContain('tmpfs');
  });

  it('gives an emptyDir in memory its size, and notices one on disk that is too large', async () => {
    const one = pod(
      [
        { name: 'm', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        { name: 'd', emptyDir: { sizeLimit: '1Ki' } },
      ],
      [{ name: 'd', mountPath: '/d' }],
    );
    await volumes.prepare(one);
    expect(await volumes.overLimit(one)).toBeUndefined();
    const [disk] = await volumes.mounts(one, 'c');
    await writeFile(join(disk!.source, 'big'), Buffer.alloc(10_000));
    expect(await volumes.overLimit(one)).toBe('Usage of EmptyDir volume "d" exceeds the limit "1Ki". ');
    await expect(writeFile(join(root, 'pods', UID, 'volumes', 'm', 'big'), Buffer.alloc(2 << 20))).rejects.toThrow(
      'ENOSPC',
    );
  });

  it('makes subPaths by expression, and refuses one that a link leads outside', async () => {
    const one = pod([{ name: 'e', emptyDir: {} }], [{ name: 'e', mountPath: '/e', subPathExpr: '$(POD)/data' }]);
    await volumes.prepare(one);
    const [made] = await volumes.mounts(one, 'c');
    expect((await stat(made!.source)).isDirectory()).toBe(true);
    const volume = join(root, 'pods', UID, 'volumes', 'e');
    expect(existsSync(join(volume, 'p/data'))).toBe(true);
    await symlink('/etc', join(volume, 'evil'));
    for (const subPath of ['evil', 'evil/shadow']) {
      await expect(
        volumes.mounts(pod([{ name: 'e', emptyDir: {} }], [{ name: 'e', mountPath: '/e', subPath }]), 'c'),
      ).rejects.toThrow('outside of its volume');
    }
  });

  it('says what is missing, in the kubelet’s words', async () => {
    const missing = (volume: object) => volumes.prepare(pod([{ name: 'v', ...volume }], []));
    expect(await missing({ configMap: { name: 'gone' } })).toEqual({
      ok: false,
      reason: 'FailedMount',
      message: 'MountVolume.SetUp failed for volume "v" : configmap "gone" not found',
    });
    expect(await missing({ configMap: { name: 'gone', optional: true } })).toEqual({ ok: true });
    expect(await missing({ configMap: { name: 'cm', items: [{ key: 'k', path: 'k' }] } })).toMatchObject({
      message: expect.stringContaining('references non-existent config key: k'),
    });
    expect(await missing({ hostPath: { path: '/etc/passwd', type: 'Directory' } })).toMatchObject({
      message: expect.stringContaining('hostPath type check failed: /etc/passwd is not a directory'),
    });
  });

  it('deletes nothing of the host, however its directories are reached', async () => {
    const host = join(root, 'host data');
    const real = join(root, 'agent data');
    for (const directory of [host, join(host, 'kept'), real]) await mkdir(directory);
    await writeFile(join(host, 'kept/file'), 'precious');
    await symlink(real, join(root, 'link'));
    const linked = open(join(root, 'link'));
    const one = pod([{ name: 'h', hostPath: { path: host } }], [{ name: 'h', mountPath: '/h', subPath: 'kept' }]);
    await linked.prepare(one);
    const [mount] = await linked.mounts(one, 'c');
    expect(await readFile(join(mount!.source, 'file'), 'utf8')).toBe('precious');
    await linked.cleanup(UID);
    expect(await readFile(join(host, 'kept/file'), 'utf8')).toBe('precious');
    expect(existsSync(join(real, 'pods', UID))).toBe(false);
  });

  it('lets everyone write below an emptyDir as in it, and keeps the permissions that a container gave it', async () => {
    const one = pod([{ name: 'e', emptyDir: {} }], [{ name: 'e', mountPath: '/e', subPath: 'a/b' }]);
    await volumes.prepare(one);
    const [mount] = await volumes.mounts(one, 'c');
    const { mode, gid } = await stat(mount!.source);
    expect([(mode & 0o7777).toString(8), gid]).toEqual(['2777', 2000]);
    const volume = join(root, 'pods', UID, 'volumes', 'e');
    await chmod(volume, 0o700);
    await volumes.prepare(one);
    expect(((await stat(volume)).mode & 0o7777).toString(8)).toBe('700');
  });

  it('resolves links within a volume even where the rest is missing, and refuses those to nowhere', async () => {
    const volume = join(root, 'pods', UID, 'volumes', 'e');
    const one = (subPath: string) => pod([{ name: 'e', emptyDir: {} }], [{ name: 'e', mountPath: '/e', subPath }]);
    await volumes.prepare(one('x'));
    await mkdir(join(volume, 'data'));
    await symlink('data', join(volume, 'inside'));
    await symlink(join(root, 'later'), join(volume, 'dangling'));
    await symlink(root, join(volume, 'outside'));
    await volumes.mounts(one('inside/new'), 'c');
    expect(existsSync(join(volume, 'data/new'))).toBe(true);
    await expect(volumes.mounts(one('dangling/new'), 'c')).rejects.toThrow('leads through a link to nowhere');
    await expect(volumes.mounts(one('outside/new'), 'c')).rejects.toThrow('outside of its volume');
    expect([existsSync(join(root, 'later')), existsSync(join(root, 'new'))]).toEqual([false, false]);
  });

  it('never leaves the volume, however fast links are swapped', async () => {
    const volume = join(root, 'pods', UID, 'volumes', 'e');
    const one = pod([{ name: 'e', emptyDir: {} }], [{ name: 'e', mountPath: '/e', subPath: 'flip/x' }]);
    await volumes.prepare(one);
    await mkdir(join(volume, 'real/x'), { recursive: true });
    await mkdir(join(root, 'forbidden/x'), { recursive: true });
    await writeFile(join(root, 'forbidden/x/secret'), '');
    await mkdir(join(volume, 'flip'));
    const flipper = start('sh', [
      '-c',
      `cd '${volume}' && while :; do rmdir flip/x flip 2>/dev/null; ln -sfn '${join(root, 'forbidden')}' flip; rm -f flip; mkdir -p flip/x; done`,
    ]);
    try {
      let refused = 0;
      for (let attempt = 0; attempt < 40 || (refused === 0 && attempt < 400); attempt++) {
        const mounts = await volumes.mounts(one, 'c').catch(() => {
          refused++;
          return [];
        });
        for (const { source } of mounts) expect(existsSync(join(source, 'secret'))).toBe(false);
      }
      // The swap was really met.
      expect(refused).toBeGreaterThan(0);
    } finally {
      flipper.kill('SIGKILL');
    }
  });

  it('asks for a token once until it is due, though the volume changes', async () => {
    const one = pod(
      [
        {
          name: 't',
          projected: { sources: [{ serviceAccountToken: { path: 'token' } }, { configMap: { name: 'cm' } }] },
        },
      ],
      [{ name: 't', mountPath: '/t' }],
    );
    await volumes.prepare(one);
    configMaps.set('cm', { data: { 'index.html': 'three' } });
    await Promise.all([volumes.update(one), volumes.update(one), volumes.prepare(one)]);
    const [mount] = await volumes.mounts(one, 'c');
    expect(await readFile(join(mount!.source, 'index.html'), 'utf8')).toBe('three');
    expect(tokensGiven).toBe(1);
    expect((await readdir(mount!.source)).filter((name) => name.startsWith('..payload-'))).toHaveLength(1);
  });

  it('bounds memory by the pod’s own limit when none is given', async () => {
    const one = pod([{ name: 'm', emptyDir: { medium: 'Memory' } }], [{ name: 'm', mountPath: '/m' }]);
    one.spec!.containers[0]!.resources = { limits: { memory: '2Mi' } };
    await volumes.prepare(one);
    const [mount] = await volumes.mounts(one, 'c');
    const { blocks, bsize } = await statfs(mount!.source);
    expect(blocks * bsize).toBe(2 << 20);
  });

  it('an update that is under way when the pod goes leaves nothing behind', async () => {
    const one = pod(
      [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
      [{ name: 't', mountPath: '/t' }],
    );
    await volumes.prepare(one);
    const updates = [volumes.update(one), volumes.update(one)];
    await volumes.cleanup(UID);
    await Promise.all([...updates, volumes.update(one)]);
    expect([existsSync(join(root, 'secrets', UID)), existsSync(join(root, 'pods', UID))]).toEqual([false, false]);
  });
});
