/** A remote is followed and written back to over ssh: a real sshd with a forced command, a key and known hosts below `DIR/keys`. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, start } from '../../../daemon/base/process.ts';
import { startRemote, type TestRemote } from '../support/remote.ts';
import { configMap, createWorld, stored, type World } from '../support/world.ts';
import { create } from '../support/writes.ts';

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path));

let folder: string;
let remote: TestRemote;
let server: Server;
let port: number;
let world: World | undefined;

/** An sshd for each connection, as inetd has it: the port is ours from the moment that the kernel gave it. */
async function listen(options: readonly string[]): Promise<Server> {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const child = start(SSHD!, ['-i', '-e', ...options], { stdio: ['pipe', 'pipe', 'ignore'] });
    socket.pipe(child.stdin!).on('error', () => {});
    child.stdout!.pipe(socket).on('error', () => {});
    child.once('exit', () => socket.end());
    socket.once('close', () => child.kill());
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const makeKey = (name: string) => run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reflet-ssh-'));
  remote = await startRemote();
  await makeKey('host');
  await makeKey('deploy');
  const key = (await readFile(join(folder, 'deploy.pub'), 'utf8')).trim();
  await writeFile(join(folder, 'authorized'), `restrict ${key}\n`);
  const settings = [
    'StrictModes=no',
    'UsePAM=no',
    'PermitRootLogin=prohibit-password',
    'PidFile=none',
    'LogLevel=ERROR',
  ];
  await mkdir('/run/sshd', { recursive: true }); // where sshd puts its unprivileged part
  server = await listen([
    ...['-f', '/dev/null', '-h', join(folder, 'host'), '-o', `AuthorizedKeysFile=${join(folder, 'authorized')}`],
    ...settings.flatMap((setting) => ['-o', setting]),
  ]);
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  await world?.close();
  world = undefined;
  await new Promise((resolve) => server.close(resolve));
  await remote.close();
  await rm(folder, { recursive: true, force: true });
});

async function follow(knownHost: string): Promise<World> {
  const clone = await remote.clone('person');
  await clone.commit({
    'one.yaml': configMap('one', { a: '1' }),
    'reflet.yaml': 'apiVersion: reflet.dev/v1\nkind: Configuration\napiWrites: {mode: commit}\n',
  });
  await clone.push();
  world = await createWorld({
    remote: { url: `ssh://${userInfo().username}@localhost:${port}${remote.gitDir}`, token: '' },
    async prepare(dataDir) {
      const keys = join(dataDir, 'keys');
      await mkdir(keys, { recursive: true });
      await writeFile(join(keys, 'git-ssh-key'), await readFile(join(folder, 'deploy')), { mode: 0o600 });
      await writeFile(join(keys, 'git-known-hosts'), knownHost);
    },
  });
  return world;
}

const hostKey = async () => (await readFile(join(folder, 'host.pub'), 'utf8')).trim();

describe.skipIf(!SSHD || userInfo().uid !== 0)('over ssh (needs sshd and root)', () => {
  it('is followed, and takes writes back', async () => {
    const { store } = await follow(`[localhost]:${port} ${await hostKey()}\n`);
    expect(stored(store, 'configmaps', 'one')).toMatchObject({ data: { a: '1' } });
    expect(await create(world!, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' } })).toMatchObject({
      ok: true,
    });
    expect(await remote.git('log', '-1', '--format=%an %s', 'main')).toBe('alice Create configmap default/two');
  });

  it('is not talked to when its key is not the known one', async () => {
    await makeKey('other');
    const other = (await readFile(join(folder, 'other.pub'), 'utf8')).trim();
    const { git, store } = await follow(`[localhost]:${port} ${other}\n`);
    expect(git.status().remote?.unreachable?.message).toMatch(/Host key verification failed/);
    expect(stored(store, 'configmaps', 'one')).toBeUndefined();
  });
});
