/**
 * What all containers of a pod share and the agent makes: network, files, shared memory, IPC namespace. It lies in
 * `<root>/<uid>/` and outlives every container of the pod.
 */

import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run, start } from '../../base/process.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { renderHosts, renderResolvConf } from '../containers/files.ts';
import type { SandboxFacts } from '../containers/render-container.ts';
import type { HostPort, PodNetwork } from '../ports.ts';
import { unmountBelow } from '../volumes/unmount.ts';
import { initContainersOf, mainContainersOf } from './snapshot.ts';

export interface Sandbox extends SandboxFacts {
  ip: string;
}

export interface SandboxOptions {
  /** `DIR/agent/sandboxes` */
  root: string;
  network: PodNetwork;
  nodeIp: string;
  clusterDomain: string;
}

/** Docker's and containerd's size of /dev/shm. */
const SHM_SIZE = '64m';
const MESSAGE_MODE = 0o666; // any user of the container may write its last words
const PAUSE_MARK = 'reflet-pause';
const PAUSE = `process.title=${JSON.stringify(PAUSE_MARK)};setInterval(()=>{},1<<30)`;

export interface Sandboxes {
  /** Idempotent. Rejects with a reason for people. */
  make(pod: Readonly<Pod>): Promise<Sandbox>;
  /** A fresh, empty file for a container's last words. */
  messageFile(uid: string, container: string, restartCount: number): Promise<string>;
  messagePath(uid: string, container: string, restartCount: number): string;
  remove(pod: Readonly<Pod>): Promise<void>;
}

export function hostPortsOf(pod: Readonly<Pod>): HostPort[] {
  return [...mainContainersOf(pod), ...initContainersOf(pod)].flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => hostPort)
      .map(({ hostPort = 0, containerPort, protocol, hostIP = '' }) => ({
        hostPort,
        containerPort,
        protocol: (protocol ?? 'TCP') as HostPort['protocol'],
        hostIp: hostIP,
      })),
  );
}

export function createSandboxes(options: SandboxOptions): Sandboxes {
  const directoryOf = (uid: string) => {
    // The uid becomes part of paths that are removed with all they hold.
    if (!/^[A-Za-z0-9-]{1,64}$/.test(uid)) throw new Error(`${JSON.stringify(uid)} is no uid of a pod`);
    return join(options.root, uid);
  };
  const messagePath = (uid: string, container: string, restartCount: number) =>
    join(directoryOf(uid), 'messages', container, String(restartCount));

  return {
    messagePath,
    async make(pod) {
      const uid = pod.metadata?.uid ?? '';
      const directory = directoryOf(uid);
      await mkdir(directory, { recursive: true, mode: 0o755 });
      const onHost = pod.spec?.hostNetwork === true;
      const attachment = onHost ? undefined : await attach(options, pod);
      const ip = attachment?.ip ?? options.nodeIp;
      const [hostsPath, resolvConfPath] = await writeFiles(directory, pod, ip, options);
      return {
        ip,
        netnsPath: attachment?.netnsPath,
        hostsPath,
        resolvConfPath,
        ...(await makeShared(directory, pod)),
      };
    },
    async messageFile(uid, container, restartCount) {
      const path = messagePath(uid, container, restartCount);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, '', { mode: MESSAGE_MODE });
      await chmod(path, MESSAGE_MODE); // whatever the umask
      return path;
    },
    async remove(pod) {
      const uid = pod.metadata?.uid ?? '';
      const directory = directoryOf(uid);
      if (!pod.spec?.hostNetwork) await options.network.detach(uid);
      await endPause(directory);
      if (existsSync(join(directory, 'shm')) || existsSync(join(directory, 'ipc'))) await unmountBelow(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function attach({ network }: SandboxOptions, pod: Readonly<Pod>) {
  const { podIP } = pod.status ?? {};
  const hostPorts = hostPortsOf(pod);
  const uid = pod.metadata?.uid ?? '';
  if (!podIP) return network.attach(uid, { hostPorts });
  // After a restart of the agent the pod has its address still; a new one is better than none.
  return network.attach(uid, { ip: podIP, hostPorts }).catch(() => network.attach(uid, { hostPorts }));
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Files that a container has bind-mounted are overwritten in place, never replaced. */
async function writeFiles(
  directory: string,
  pod: Readonly<Pod>,
  ip: string,
  { clusterDomain, network }: SandboxOptions,
): Promise<[string, string]> {
  const hostsPath = join(directory, 'hosts');
  const resolvConfPath = join(directory, 'resolv.conf');
  const nodeHosts = pod.spec?.hostNetwork ? await readText('/etc/hosts') : '';
  const dns = { servers: [network.dnsAddress], clusterDomain, hostResolvConf: await readText('/etc/resolv.conf') };
  const resolvConf = renderResolvConf(pod, dns);
  // Programs may have edited /etc/hosts since; the kubelet writes it once too.
  if (!existsSync(hostsPath)) await writeFile(hostsPath, renderHosts(pod, [ip], { clusterDomain, nodeHosts }));
  if ((await readText(resolvConfPath)) !== resolvConf || !existsSync(resolvConfPath))
    await writeFile(resolvConfPath, resolvConf);
  return [hostsPath, resolvConfPath];
}

/** Only what more than one container can share is worth making. */
async function makeShared(directory: string, pod: Readonly<Pod>): Promise<Partial<SandboxFacts>> {
  const several = mainContainersOf(pod).length + initContainersOf(pod).length > 1;
  const { hostIPC, hostPID, shareProcessNamespace } = pod.spec ?? {};
  const shared: Partial<SandboxFacts> = {};
  if (hostIPC) shared.shmPath = '/dev/shm';
  else if (several) {
    shared.shmPath = await mountShm(join(directory, 'shm'));
    shared.ipcPath = await makeIpc(join(directory, 'ipc'));
  }
  if (shareProcessNamespace && !hostPID) shared.pidPath = `/proc/${await keepPause(directory)}/ns/pid`;
  return shared;
}

async function mounted(path: string): Promise<boolean> {
  return (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').some((line) => line.split(' ')[4] === path);
}

async function must(program: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run(program, args);
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.trim() || `exit code ${exitCode}`}`);
}

async function mountShm(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  if (!(await mounted(path)))
    await must('mount', ['-t', 'tmpfs', '-o', `mode=1777,size=${SHM_SIZE},nosuid,nodev,noexec`, 'shm', path]);
  return path;
}

/** A namespace that is kept by a mount, not by a process. */
async function makeIpc(path: string): Promise<string> {
  if (await mounted(path)) return path;
  await writeFile(path, '');
  await must('unshare', [`--ipc=${path}`, 'true']);
  return path;
}

/** The process that is 1 in a shared PID namespace: it does nothing but be there (and reap). */
async function keepPause(directory: string): Promise<number> {
  const file = join(directory, 'pause.pid');
  const known = Number(await readText(file));
  if (known > 0 && (await isPause(known))) return known;
  const child: ChildProcess = start('unshare', ['--pid', '--fork', '--mount-proc', process.execPath, '-e', PAUSE], {
    stdio: 'ignore',
    detached: true,
  });
  child.unref();
  const parent = child.pid ?? 0;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const [pid] = (await readText(`/proc/${parent}/task/${parent}/children`)).trim().split(' ').map(Number);
    if (pid && (await isPause(pid))) {
      await writeFile(file, String(pid));
      return pid;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the process that holds the shared PID namespace did not start');
}

async function isPause(pid: number): Promise<boolean> {
  return (await readText(`/proc/${pid}/cmdline`)).includes(PAUSE_MARK);
}

async function endPause(directory: string): Promise<void> {
  const pid = Number(await readText(join(directory, 'pause.pid')));
  if (pid <= 0 || !(await isPause(pid))) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
