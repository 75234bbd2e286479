import { describe, expect, test } from 'vitest';
import { ConfigProblem } from '../../../daemon/agent/containers/environment.ts';
import {
  type ContainerFacts,
  type NodeFacts,
  renderContainer,
  type SandboxFacts,
} from '../../../daemon/agent/containers/render-container.ts';
import { cpuShares, oomScore, qosClass } from '../../../daemon/agent/containers/resources.ts';
import { makeContainer, makePod } from '../pods/make.ts';

const DEFAULTS = ['CAP_CHOWN', 'CAP_KILL'];
const node: NodeFacts = {
  nodeName: 'n1',
  clusterDomain: 'cluster.local',
  cgroupManager: 'cgroupfs',
  memoryBytes: 8 * 1024 ** 3,
  oomScoreMin: -1000,
  podmanCapabilities: DEFAULTS,
  seccompRoot: '/data/seccomp',
};
const sandbox: SandboxFacts = { netnsPath: '/run/netns/x', hostsPath: '/s/hosts', resolvConfPath: '/s/resolv.conf' };
const facts: ContainerFacts = {
  restartCount: 2,
  backoffMs: 10_000,
  image: { id: 'f00', user: '' },
  environment: new Map([['A', 'one']]),
  mounts: [],
  logPath: '/logs/2.log',
  messagePath: '/s/messages/main/2',
};
const render = (
  container: Parameters<typeof renderContainer>[1],
  spec: object = {},
  more: Partial<ContainerFacts> = {},
) => renderContainer(makePod({ containers: [container], ...spec }), container, node, sandbox, { ...facts, ...more });

describe('podman’s request', () => {
  test('for a plain container', () => {
    const container = makeContainer('main', {
      command: ['run', '$(A)', '$(B)'],
      args: ['$$(A)'],
      workingDir: '/w',
      resources: { limits: { cpu: '500m', memory: '64Mi' }, requests: { cpu: '250m' } },
    });
    expect(render(container)).toMatchInlineSnapshot(`
      {
        "cap_add": [
          "CAP_AUDIT_WRITE",
          "CAP_DAC_OVERRIDE",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_MKNOD",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_RAW",
          "CAP_SETFCAP",
          "CAP_SETGID",
          "CAP_SETPCAP",
          "CAP_SETUID",
          "CAP_SYS_CHROOT",
        ],
        "cgroup_parent": "/reflet/pod11111111-2222-3333-4444-555555555555",
        "command": [
          "$(A)",
        ],
        "create_working_dir": true,
        "entrypoint": [
          "run",
          "one",
          "$(B)",
        ],
        "env": {
          "A": "one",
        },
        "healthconfig": {
          "Test": [
            "NONE",
          ],
        },
        "hostname": "web",
        "image": "f00",
        "ipcns": {
          "nsmode": "private",
        },
        "labels": {
          "io.reflet.container.backoff-ms": "10000",
          "io.reflet.container.hash": "16ee95a280645bd7",
          "io.reflet.container.name": "main",
          "io.reflet.container.restart-count": "2",
          "io.reflet.node": "n1",
          "io.reflet.pod.name": "web",
          "io.reflet.pod.namespace": "default",
          "io.reflet.pod.uid": "11111111-2222-3333-4444-555555555555",
        },
        "log_configuration": {
          "driver": "k8s-file",
          "path": "/logs/2.log",
          "size": -1,
        },
        "mounts": [
          {
            "destination": "/etc/hosts",
            "options": [
              "rbind",
              "rprivate",
              "rw",
            ],
            "source": "/s/hosts",
            "type": "bind",
          },
          {
            "destination": "/etc/resolv.conf",
            "options": [
              "rbind",
              "rprivate",
              "rw",
            ],
            "source": "/s/resolv.conf",
            "type": "bind",
          },
          {
            "destination": "/dev/termination-log",
            "options": [
              "rbind",
              "rprivate",
              "rw",
            ],
            "source": "/s/messages/main/2",
            "type": "bind",
          },
        ],
        "name": "reflet_main_web_default_11111111-2222-3333-4444-555555555555_2",
        "netns": {
          "nsmode": "path",
          "value": "/run/netns/x",
        },
        "oom_score_adj": 993,
        "passwd": false,
        "pidns": {
          "nsmode": "private",
        },
        "resource_limits": {
          "cpu": {
            "period": 100000,
            "quota": 50000,
            "shares": 256,
          },
          "memory": {
            "limit": 67108864,
            "swap": 67108864,
          },
        },
        "restart_policy": "no",
        "sdnotifyMode": "ignore",
        "seccomp_profile_path": "unconfined",
        "stdin": false,
        "systemd": "false",
        "terminal": false,
        "unsetenv": [
          "container",
          "TERM",
        ],
        "use_image_hosts": true,
        "use_image_resolve_conf": true,
        "utsns": {
          "nsmode": "private",
        },
        "work_dir": "/w",
      }
    `);
  });

  test('for a restricted one', () => {
    const container = makeContainer('main', {
      securityContext: {
        runAsUser: 1000,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    const request = render(container, { securityContext: { fsGroup: 2000, supplementalGroups: [5] } });
    expect(request).toMatchObject({
      user: '1000',
      groups: ['5', '2000'],
      read_only_filesystem: true,
      no_new_privileges: true,
      cap_add: ['CAP_NET_BIND_SERVICE'],
      cap_drop: ['CAP_CHOWN', 'CAP_KILL'],
    });
    expect(request).not.toHaveProperty('seccomp_profile_path');
  });

  test('for one with SELinux options, its own before the pod’s', () => {
    const shared = { securityContext: { seLinuxOptions: { level: 's0:c1', user: 'u' } } };
    expect(render(makeContainer('main'), shared)).toMatchObject({ selinux_opts: ['user:u', 'level:s0:c1'] });
    const own = makeContainer('main', { securityContext: { seLinuxOptions: { type: 't' } } });
    expect(render(own, shared)).toMatchObject({ selinux_opts: ['type:t'] });
  });

  test('for a privileged one, and for the host’s namespaces', () => {
    const container = makeContainer('main', { securityContext: { privileged: true } });
    const request = renderContainer(
      makePod({ containers: [container], hostNetwork: true, hostPID: true, hostIPC: true }),
      container,
      node,
      { ...sandbox, netnsPath: undefined },
      facts,
    );
    expect(request).toMatchObject({
      privileged: true,
      seccomp_profile_path: 'unconfined',
      hostname: 'n1',
      netns: { nsmode: 'host' },
      pidns: { nsmode: 'host' },
      ipcns: { nsmode: 'host' },
    });
    expect(request).not.toHaveProperty('cap_add');
  });

  test('gives a volume at /etc/hosts precedence', () => {
    const mount = { source: '/v', destination: '/etc/hosts', readOnly: true, propagation: 'rprivate' };
    const mounts = render(makeContainer('main'), {}, { mounts: [mount] }).mounts as {
      source: string;
      destination: string;
    }[];
    expect(mounts.filter(({ destination }) => destination === '/etc/hosts')).toMatchObject([
      { source: '/v', options: ['rbind', 'rprivate', 'ro'] },
    ]);
  });

  test.each([
    ['', 'container has runAsNonRoot and image will run as root (pod: "web_default('],
    ['0:0', 'container has runAsNonRoot and image will run as root'],
    ['app', 'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root'],
  ])('is refused under runAsNonRoot for an image of user %j', (user, message) => {
    const container = makeContainer('main', { securityContext: { runAsNonRoot: true } });
    const attempt = () => render(container, {}, { image: { id: 'x', user } });
    expect(attempt).toThrow(ConfigProblem);
    expect(attempt).toThrow(message);
  });

  test('is refused for a seccomp profile outside its directory', () => {
    const container = makeContainer('main', {
      securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: '../../etc/passwd' } },
    });
    expect(() => render(container)).toThrow(ConfigProblem);
  });
});

test('shares follow the request', () => {
  expect([0, 1, 250, 1000, 10_000_000].map(cpuShares)).toEqual([2, 2, 256, 1024, 262_144]);
});

test('quality of service, and who is killed first', () => {
  const pod = (resources: object) => makePod({ containers: [makeContainer('main', { resources })] });
  const both = { limits: { cpu: '1', memory: '1Gi' } };
  expect(qosClass(pod({}))).toBe('BestEffort');
  expect(qosClass(pod(both))).toBe('Guaranteed');
  expect(qosClass(pod({ ...both, requests: { cpu: '1', memory: '512Mi' } }))).toBe('Burstable');
  expect(qosClass(pod({ limits: { memory: '1Gi' } }))).toBe('Burstable');
  const score = (resources: object) => oomScore(pod(resources), makeContainer('main', { resources }), 8 * 1024 ** 3);
  expect(score({})).toBe(1000);
  expect(score(both)).toBe(-997);
  expect(score({ requests: { memory: '2Gi' } })).toBe(750);
  expect(score({ requests: { cpu: '1' } })).toBe(999);
});
