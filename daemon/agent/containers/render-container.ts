/**
 * A pod's container as podman's create request (libpod SpecGenerator). Pure: everything that must be looked up stands in `facts`.
 */

import type { Container, Pod } from '../../kinds/types.generated.ts';
import type { Mount } from '../volumes/contract.ts';
import { expandVariables } from './expand.ts';
import { kernelHostname } from './files.ts';
import { containerName, labelsOf } from './names.ts';
import { cgroupParent, oomScore, renderResources } from './resources.ts';
import { renderSecurity, type SecurityFacts } from './security.ts';

/** What is the same for all containers of this node. */
export interface NodeFacts extends Omit<SecurityFacts, 'imageUser'> {
  nodeName: string;
  clusterDomain: string;
  cgroupManager: string;
  memoryBytes: number;
  /** No score below this can be given (without CAP_SYS_RESOURCE: the agent's own). */
  oomScoreMin: number;
}

/** What is the same for all containers of one pod. */
export interface SandboxFacts {
  /** Undefined: the host's network. */
  netnsPath: string | undefined;
  /** An IPC namespace that outlives the containers; undefined: one of the container's own. */
  ipcPath?: string;
  /** A process whose PID namespace all share (shareProcessNamespace). */
  pidPath?: string;
  hostsPath: string;
  resolvConfPath: string;
  /** The pod's own tmpfs for /dev/shm. */
  shmPath?: string;
}

export interface ContainerFacts {
  restartCount: number;
  backoffMs: number;
  /** By id: what was found (or pulled) is what starts. */
  image: { id: string; user: string };
  environment: ReadonlyMap<string, string>;
  mounts: readonly Mount[];
  logPath: string;
  /** The file behind terminationMessagePath. */
  messagePath: string;
}

const bind = (source: string, destination: string, readOnly = false, propagation = 'rprivate') => ({
  type: 'bind',
  source,
  destination,
  options: ['rbind', propagation, readOnly ? 'ro' : 'rw'],
});

/** Throws ConfigProblem for what must not start. */
export function renderContainer(
  pod: Readonly<Pod>,
  container: Readonly<Container>,
  node: NodeFacts,
  sandbox: SandboxFacts,
  facts: ContainerFacts,
): Record<string, unknown> & { name: string } {
  const { environment, restartCount, backoffMs } = facts;
  const expand = (text: string) => expandVariables(text, environment);
  const hostname = pod.spec?.hostNetwork ? node.nodeName : kernelHostname(pod, node.clusterDomain);
  return {
    name: containerName(pod, container.name, restartCount),
    image: facts.image.id,
    // What the image declares as its health check is not part of a pod.
    healthconfig: { Test: ['NONE'] },
    ...(container.command?.length ? { entrypoint: container.command.map(expand) } : {}),
    ...(container.args?.length ? { command: container.args.map(expand) } : {}),
    env: Object.fromEntries(environment),
    // podman adds these by itself.
    unsetenv: ['container', ...(container.tty ? [] : ['TERM'])].filter((name) => !environment.has(name)),
    ...(container.workingDir ? { work_dir: container.workingDir, create_working_dir: true } : {}),
    hostname,
    labels: labelsOf(pod, container, { node: node.nodeName, restartCount, backoffMs }),
    terminal: container.tty === true,
    stdin: container.stdin === true,
    systemd: 'false',
    passwd: false,
    sdnotifyMode: 'ignore',
    restart_policy: 'no',
    log_configuration: { driver: 'k8s-file', path: facts.logPath, size: -1 },
    cgroup_parent: cgroupParent(pod.metadata?.uid ?? '', node.cgroupManager),
    resource_limits: renderResources(container),
    oom_score_adj: Math.max(node.oomScoreMin, oomScore(pod, container, node.memoryBytes)),
    use_image_hosts: true,
    use_image_resolve_conf: true,
    ...renderNamespaces(pod, sandbox),
    ...renderSecurity(pod, container, { ...node, imageUser: facts.image.user }),
    mounts: renderMounts(container, sandbox, facts),
  };
}

function renderNamespaces(pod: Readonly<Pod>, { netnsPath, ipcPath, pidPath }: SandboxFacts): Record<string, unknown> {
  const { hostPID, hostIPC } = pod.spec ?? {};
  const path = (value: string) => ({ nsmode: 'path', value });
  return {
    netns: netnsPath === undefined ? { nsmode: 'host' } : path(netnsPath),
    ipcns: hostIPC ? { nsmode: 'host' } : ipcPath === undefined ? { nsmode: 'private' } : path(ipcPath),
    pidns: hostPID ? { nsmode: 'host' } : pidPath === undefined ? { nsmode: 'private' } : path(pidPath),
    utsns: { nsmode: 'private' },
  };
}

/** A volume at one of these paths takes the place of the node's own file. */
function renderMounts(container: Readonly<Container>, sandbox: SandboxFacts, facts: ContainerFacts): unknown[] {
  const taken = new Set(facts.mounts.map(({ destination }) => destination));
  const own = [
    bind(sandbox.hostsPath, '/etc/hosts'),
    bind(sandbox.resolvConfPath, '/etc/resolv.conf'),
    ...(sandbox.shmPath === undefined ? [] : [bind(sandbox.shmPath, '/dev/shm')]),
    bind(facts.messagePath, container.terminationMessagePath || '/dev/termination-log'),
  ].filter(({ destination }) => !taken.has(destination));
  const volumes = facts.mounts.map(({ source, destination, readOnly, propagation }) =>
    bind(source, destination, readOnly, propagation),
  );
  return [...own, ...volumes];
}
