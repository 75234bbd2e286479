/** Volumes on a real file system: mounts, ownership, links that try to lead outside. */

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Volumes } from '../../daemon/agent/volumes/contract.ts';
import { createVolumes, unmountBelow } from '../../daemon/agent/volumes/create-volumes.ts';
import { systemClock } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import type { ConfigMap, Pod } from '../../daemon/kinds/types.generated.ts';
import { SKIP_E2E } from '../support/private-host.ts';

const UID = '0aaaaaaa-0000-4000-8000-000000000001';

describe.skipIf(SKIP_E2E)('volumes', () => {
  let root: string;
  let volumes: Volumes;
  const configMaps = new Map<string, ConfigMap>();

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'reflet-volumes-'));
    configMaps.set('cm', { data: { 'index.html': 'one', other: 'same' } });
    volumes = createVolumes({
      root: join(root, 'pods'),
      secretRoot: join(root, 'secrets'),
      sources: {
        configMap: (_, name) => configMaps.get(name),
        secret: () => ({ data: { password: Buffer.from('hidden').toString('base64') } }),
        token: async () => ({ token: 'signed', expiresMs: systemClock.now() + 3_600_000 }),
      },
      allocatable: () => ({ cpu: '2', memory: '4Gi' }),
      environment: () => new Map([['POD', 'p']]),
      clock: systemClock,
      log: silentLogger,
    });
  });
  afterEach(async () => {
    await volumes.cleanup(UID);
    await unmountBelow(root);
    await rm(root, { recursive: true });
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
    const { writeFile } = await import('node:fs/promises');
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
});
