/**
 * What `reflet doctor` looks at. Each check gets what was read from the host and says what is wrong and how to mend it; pure.
 */

export type Severity = 'ok' | 'warning' | 'error';

export interface Finding {
  check: string;
  severity: Severity;
  /** What was found. */
  message: string;
  /** What to do, when something is. */
  remedy?: string;
}

/** What a host shows of itself; undefined where it could not be read. */
export interface HostFacts {
  root: boolean;
  nodeVersion: string;
  podmanVersion: string | undefined;
  /** The OCI runtime with which a container was really started, or why none could be. */
  runtime: { name: string } | { problem: string } | undefined;
  cgroupVersion: 1 | 2 | undefined;
  iptablesVersion: string | undefined;
  gitVersion: string | undefined;
  conntrack: boolean;
  ipForward: string | undefined;
  bridgeNfCallIptables: string | undefined;
  /** The port the API would take, and whether something else holds it. */
  port: { number: number; takenBy: 'nobody' | 'reflet' | 'another program' };
  dataDir: string;
  diskFreeBytes: number | undefined;
}

type Check = (facts: HostFacts) => Omit<Finding, 'check'>;

const ok = (message: string) => ({ severity: 'ok' as const, message });
const warning = (message: string, remedy: string) => ({ severity: 'warning' as const, message, remedy });
const error = (message: string, remedy: string) => ({ severity: 'error' as const, message, remedy });

/** Numeric comparison of dotted versions. */
function versionAtLeast(version: string, minimum: string): boolean {
  const have = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const need = minimum.split('.').map(Number);
  for (const [index, part] of need.entries()) {
    if ((have[index] ?? 0) !== part) return (have[index] ?? 0) > part;
  }
  return true;
}

/** Below this, images that stay (volumes, emptyDir) fill disks with old layers, and pods may be given less than a node needs. */
const DISK_FREE_BYTES_MIN = 2 * 2 ** 30;

/** Known holes, and the version that closes each. */
const PODMAN_HOLES = [
  { fixed: '4.9.4', hole: 'CVE-2024-1753: a build can mount the host’s file system' },
  { fixed: '5.2.4', hole: 'CVE-2024-9407: bind-propagation escapes in builds' },
];

const CHECKS: Record<string, Check> = {
  user: ({ root }) =>
    root
      ? ok('running as root')
      : error('not running as root', 'the agent makes network namespaces and iptables rules: run it with sudo'),
  node: ({ nodeVersion }) =>
    versionAtLeast(nodeVersion, '24.0.0')
      ? ok(`Node ${nodeVersion}`)
      : error(`Node ${nodeVersion}`, 'install Node 24 or newer, or use `npm start`, which brings one'),
  podman: ({ podmanVersion }) =>
    podmanVersion === undefined
      ? error('podman is not installed', 'install the package podman')
      : versionAtLeast(podmanVersion, '4.3.0')
        ? ok(`podman ${podmanVersion}`)
        : error(`podman ${podmanVersion}`, 'install podman 4.3 or newer'),
  'podman security': ({ podmanVersion }) => {
    const open = PODMAN_HOLES.filter(
      ({ fixed }) => podmanVersion !== undefined && !versionAtLeast(podmanVersion, fixed),
    );
    if (open.length === 0) return ok('no known hole in this version');
    return warning(
      open.map(({ hole }) => hole).join('; '),
      `Reflet builds no images, so these do not reach it; distributions mend them without a new version number. Upstream: podman ${open.at(-1)!.fixed}`,
    );
  },
  runtime: ({ runtime }) => {
    if (runtime === undefined) return warning('not tried: podman or root is missing', 'mend those first');
    return 'name' in runtime
      ? ok(`containers start with ${runtime.name}`)
      : error(runtime.problem, 'install the package runc, or crun on a host with cgroups v2');
  },
  cgroups: ({ cgroupVersion }) =>
    cgroupVersion === undefined
      ? error('no cgroups are mounted', 'mount /sys/fs/cgroup')
      : ok(`cgroups v${cgroupVersion}`),
  iptables: ({ iptablesVersion }) =>
    iptablesVersion ? ok(iptablesVersion) : error('iptables is not installed', 'install the package iptables'),
  conntrack: ({ conntrack }) =>
    conntrack
      ? ok('conntrack is installed')
      : warning(
          'conntrack is not installed',
          'install the package conntrack: without it UDP clients stick to endpoints that are gone',
        ),
  git: ({ gitVersion }) =>
    gitVersion === undefined
      ? error('git is not installed', 'install the package git')
      : versionAtLeast(gitVersion, '2.30.0')
        ? ok(`git ${gitVersion}`)
        : error(`git ${gitVersion}`, 'install git 2.30 or newer'),
  ip_forward: ({ ipForward }) =>
    ipForward === '1'
      ? ok('net.ipv4.ip_forward is 1')
      : warning(`net.ipv4.ip_forward is ${ipForward ?? 'not readable'}`, 'the agent sets it to 1 when it starts'),
  'bridge-nf-call-iptables': ({ bridgeNfCallIptables }) =>
    bridgeNfCallIptables === '1'
      ? ok('net.bridge.bridge-nf-call-iptables is 1')
      : warning(
          `net.bridge.bridge-nf-call-iptables is ${bridgeNfCallIptables ?? 'absent (br_netfilter is not loaded)'}`,
          'the agent loads br_netfilter and sets it to 1 when it starts',
        ),
  port: ({ port }) =>
    port.takenBy === 'another program'
      ? error(`port ${port.number} is taken by another program`, 'stop it, or give `reflet up --port` another one')
      : ok(port.takenBy === 'reflet' ? `port ${port.number} is reflet’s own` : `port ${port.number} is free`),
  disk: ({ diskFreeBytes, dataDir }) => {
    if (diskFreeBytes === undefined)
      return warning(`the free space of ${dataDir} could not be read`, 'check that its parent directory exists');
    const gibibytes = (diskFreeBytes / 2 ** 30).toFixed(1);
    return diskFreeBytes >= DISK_FREE_BYTES_MIN
      ? ok(`${gibibytes} GiB free for ${dataDir}`)
      : error(`${gibibytes} GiB free for ${dataDir}`, 'make at least 2 GiB free');
  },
};

export function judgeHost(facts: HostFacts): Finding[] {
  return Object.entries(CHECKS).map(([check, judge]) => ({ check, ...judge(facts) }));
}
