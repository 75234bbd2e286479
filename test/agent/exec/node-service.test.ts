/** What becomes of a command without a terminal when its client goes away; the "runtime" here runs commands on this host. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeService, type NodeServiceOptions } from '../../../daemon/agent/exec/node-service.ts';
import { exitOf, type RuntimeExec } from '../../../daemon/agent/exec/runtime-exec.ts';
import { start } from '../../../daemon/base/process.ts';
import { SimClock } from '../../support/sim-clock.ts';

const POD = { namespace: 'default', name: 'p', uid: 'u' };

const spawn: RuntimeExec['spawn'] = async (_id, [program = '', ...args]) => {
  const child = start(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = exitOf(child).then((exitCode) => ({ exitCode }));
  return { child, ended, kill: async () => void child.kill('SIGKILL') };
};

const clock = new SimClock();
const service = createNodeService({
  pod: () => ({ ip: undefined, container: () => ({ id: 'c', running: true, restartCount: 0 }) }),
  runtime: { spawn },
  clock,
} as unknown as NodeServiceOptions);
const exec = (command: string[], stdin?: PassThrough) =>
  service.exec(POD, { container: 'c', command, tty: false, stdout: new PassThrough(), ...(stdin ? { stdin } : {}) });

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-exec-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a client that hangs up', () => {
  it('right behind the last byte, as Ansible’s k8s_cp does, has all of it read', async () => {
    const stdin = new PassThrough();
    const copied = join(directory, 'copied');
    const session = await exec(['sh', '-c', `sleep 0.2; cat > ${copied}`], stdin);
    const sent = Buffer.alloc(300_000, 'reflet');
    stdin.end(sent);
    session.close();
    expect(await session.exit).toBe(0);
    expect((await readFile(copied)).equals(sent)).toBe(true);
  });

  it('is waited for no longer than it takes to read that', async () => {
    const stdin = new PassThrough();
    const session = await exec(['sleep', '1000'], stdin);
    stdin.destroy();
    session.close();
    await clock.advance(30_000);
    expect(await session.exit).toBe(137);
  });

  it('and sends nothing takes its command with it', async () => {
    const session = await exec(['sleep', '1000']);
    session.close();
    expect(await session.exit).toBe(137);
  });
});
