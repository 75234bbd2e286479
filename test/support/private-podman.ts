/**
 * A podman of its own for end-to-end tests: storage, sockets and containers below one temporary directory, with a busybox image made from the
 * host's busybox. Nothing of it is left when it is closed.
 */

import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContainerCalls } from '../../daemon/agent/podman/containers.ts';
import { openPodmanService, type PodmanService } from '../../daemon/agent/podman/service.ts';
import { unmountBelow } from '../../daemon/agent/volumes/unmount.ts';
import { systemClock } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { run } from '../../daemon/base/process.ts';

const BUSYBOX = 'localhost/busybox:1';

export interface PrivatePodman {
  readonly directory: string;
  readonly service: PodmanService;
  /** Runs `podman` on this storage; rejects when it fails. */
  podman(...args: string[]): Promise<string>;
  /** A running container of the busybox image; `specification` is added to podman's request. */
  startContainer(name: string, command: readonly string[], specification?: object): Promise<string>;
  close(): Promise<void>;
}

const FALLBACK_CONF = `[engine]
runtime = "runc"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
`;

async function must(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, { env });
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function importBusybox(directory: string, podman: (...args: string[]) => Promise<string>): Promise<void> {
  const root = join(directory, 'image');
  for (const name of ['bin', 'tmp', 'etc']) await mkdir(join(root, name), { recursive: true });
  await must('cp', ['/bin/busybox', join(root, 'bin/busybox')]);
  for (const applet of (await must('/bin/busybox', ['--list'])).trim().split('\n'))
    if (applet !== 'busybox') await symlink('busybox', join(root, 'bin', applet));
  await must('tar', ['cf', join(directory, 'image.tar'), '-C', root, '.']);
  await podman('import', '--change', 'ENV PATH=/bin', join(directory, 'image.tar'), BUSYBOX);
}

/**
 * Every conmon and clean-up process of this storage (each names the directory in its command line). One that is left mounts the storage again
 * while it is being deleted; after a terminal's exec one stays for five minutes. Repeated until none is seen: one may have just forked.
 */
async function killProcessesOf(directory: string): Promise<void> {
  for (;;) {
    const pids: number[] = [];
    for (const name of await readdir('/proc')) {
      if (!/^[1-9]\d*$/.test(name)) continue;
      const commandLine = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      if (commandLine.includes(directory)) pids.push(Number(name));
    }
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  }
}

export async function openPrivatePodman(): Promise<PrivatePodman> {
  const directory = await mkdtemp(join(tmpdir(), 'reflet-podman-'));
  const containersConf = join(directory, 'containers.conf');
  await writeFile(containersConf, FALLBACK_CONF);
  const storage = ['root', 'runroot', 'tmpdir'].flatMap((name) => [`--${name}`, join(directory, name)]);
  const podman = (...args: string[]) => must('podman', [...storage, ...args], { CONTAINERS_CONF: containersConf });
  await importBusybox(directory, podman);
  const service = await openPodmanService({
    socketPath: join(directory, 'podman.sock'),
    podmanArguments: storage,
    containersConf,
    clock: systemClock,
    log: silentLogger,
  });
  const containers = createContainerCalls(service.http);
  return {
    directory,
    service,
    podman,
    async startContainer(name, command, specification = {}) {
      const id = await containers.create({
        name,
        image: BUSYBOX,
        command,
        netns: { nsmode: 'none' },
        ...specification,
      });
      await containers.start(id);
      return id;
    },
    async close() {
      await podman('rm', '--all', '--force', '--time', '0');
      await service.stop();
      await killProcessesOf(directory);
      await unmountBelow(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
