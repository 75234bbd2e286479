import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../daemon/kinds/types.generated.ts';
import { create, kindOf } from '../support/admit.ts';
import { containerBody, podBody, texts } from '../support/expect.ts';

const kind = kindOf('', 'v1', 'Pod');
const problems = (body: Pod) => texts(create(kind, body).errors);
const C = 'spec.containers[0]';

it('refuses an empty runtime class', () => {
  expect(problems(podBody({ runtimeClassName: '' }))).toEqual([
    expect.stringMatching(/^spec\.runtimeClassName: Invalid value: "": a lowercase RFC 1123 subdomain must consist of/),
  ]);
});

describe('a container', () => {
  it.each<[string, object, string[]]>([
    [
      'probe without a handler',
      { livenessProbe: {} },
      [`${C}.livenessProbe: Required value: must specify a handler type`],
    ],
    [
      'probe with two handlers',
      { readinessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 80 } } },
      [`${C}.readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`],
    ],
    [
      'liveness that needs more successes',
      { livenessProbe: { successThreshold: 2, exec: { command: ['a'] } } },
      [`${C}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
    ],
    [
      'readiness with a grace period',
      { readinessProbe: { terminationGracePeriodSeconds: 5, exec: { command: ['a'] } } },
      [`${C}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes`],
    ],
    ['empty command', { startupProbe: { exec: {} } }, [`${C}.startupProbe.exec.command: Required value`]],
    [
      'port 0 and a bad scheme',
      { livenessProbe: { httpGet: { port: 0, scheme: 'FTP' } } },
      [
        `${C}.livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive`,
        `${C}.livenessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"`,
      ],
    ],
    [
      'sleep longer than the grace',
      { lifecycle: { preStop: { sleep: { seconds: 31 } } } },
      [
        `${C}.lifecycle.preStop.sleep: Invalid value: 31: must be greater than 0 and less than terminationGracePeriodSeconds (30). Enable AllowPodLifecycleSleepActionZeroValue feature gate for zero sleep.`,
      ],
    ],
    [
      'variable with value and source',
      { env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
      [`${C}.env[0].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`],
    ],
    [
      'variable from a field that cannot be',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }] },
      [
        `${C}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
      ],
    ],
    [
      'variable from an unknown field',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.x' } } }] },
      [
        `${C}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x`,
      ],
    ],
    [
      'variable from one label',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } }] },
      [],
    ],
    [
      'divisor that is none',
      { env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '10m' } } }] },
      [
        `${C}.env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
      ],
    ],
    ['no name of a variable', { env: [{ name: '' }] }, [`${C}.env[0].name: Required value`]],
    [
      'envFrom nothing',
      { envFrom: [{}] },
      [`${C}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``],
    ],
    [
      'mount of no volume',
      { volumeMounts: [{ name: 'x', mountPath: '/x' }] },
      [`${C}.volumeMounts[0].name: Not found: "x"`],
    ],
    [
      'container restart policy',
      { restartPolicy: 'Always' },
      [`${C}.restartPolicy: Forbidden: may not be set for non-init containers`],
    ],
    [
      'escalation of the privileged',
      { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
      [
        expect.stringMatching(
          /securityContext: Invalid value: core\.SecurityContext\{.*Privileged:\(\*bool\)\(0xc000000000\).*\}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true$/,
        ),
      ],
    ],
    [
      'seccomp without a file',
      { securityContext: { seccompProfile: { type: 'Localhost' } } },
      [
        `${C}.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`,
      ],
    ],
    [
      'user below zero',
      { securityContext: { runAsUser: -1 } },
      [`${C}.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive`],
    ],
  ])('%s', (_name, fields, expected) => {
    expect(problems(containerBody(fields))).toEqual(expected);
  });
});

describe('a specification', () => {
  const spread = { maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'Never' };
  it.each<[string, object, string[]]>([
    [
      'restart policy',
      { restartPolicy: 'Maybe' },
      ['spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      'DNS policy',
      { dnsPolicy: 'X' },
      [
        'spec.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
      ],
    ],
    [
      'no DNS configuration',
      { dnsPolicy: 'None' },
      ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    ],
    [
      'too many name servers, one of them bad',
      { dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', 'x'] } },
      [
        'spec.dnsConfig.nameservers: Invalid value: []string{"1.1.1.1", "1.1.1.2", "1.1.1.3", "x"}: must not have more than 3 nameservers',
        'spec.dnsConfig.nameservers[3]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'host alias',
      { hostAliases: [{ ip: 'x', hostnames: ['A'] }] },
      [
        'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        expect.stringContaining(
          'spec.hostAliases[0].hostnames[0]: Invalid value: "A": a lowercase RFC 1123 subdomain',
        ) as never,
      ],
    ],
    [
      'toleration without key',
      { tolerations: [{ operator: 'Equal', value: 'x' }] },
      [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
    [
      'toleration of the wrong effect',
      { tolerations: [{ key: 'a', operator: 'Near', effect: 'No', tolerationSeconds: 1 }] },
      [
        'spec.tolerations[0].effect: Invalid value: "No": effect must be \'NoExecute\' when `tolerationSeconds` is set',
        'spec.tolerations[0].operator: Unsupported value: "Near": supported values: "Equal", "Exists"',
        'spec.tolerations[0].effect: Unsupported value: "No": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    ],
    [
      'topology spread',
      { topologySpreadConstraints: [spread] },
      [
        'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
        'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
        'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"',
      ],
    ],
    [
      'anti-affinity without topology',
      { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: '' }] } } },
      [
        'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
        'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty',
        expect.stringContaining('topologyKey: Invalid value: "": name part must consist of') as never,
      ],
    ],
    [
      'node affinity without terms',
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } },
      [
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
      ],
    ],
    [
      'deadline',
      { activeDeadlineSeconds: 0 },
      ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    ],
    [
      'host port beside the host network',
      { hostNetwork: true, containers: [{ name: 'c', image: 'a', ports: [{ containerPort: 80, hostPort: 81 }] }] },
      [
        'spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
      ],
    ],
    [
      'sysctls of the host',
      {
        hostNetwork: true,
        securityContext: {
          sysctls: [
            { name: 'net.ipv4.ip_forward', value: '1' },
            { name: 'A', value: '' },
          ],
        },
      },
      [
        'spec.securityContext.sysctls[0].name: Invalid value: "net.ipv4.ip_forward": may not be specified when \'hostNetwork\' is true',
        'spec.securityContext.sysctls[1].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
      ],
    ],
    [
      'probe of an init container',
      { initContainers: [{ name: 'i', image: 'a', livenessProbe: { exec: { command: ['a'] } } }] },
      [
        'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    ],
    [
      'sidecar with a probe',
      {
        initContainers: [
          { name: 'i', image: 'a', restartPolicy: 'Always', livenessProbe: { exec: { command: ['a'] } } },
        ],
      },
      [],
    ],
    [
      'policy of an init container',
      { initContainers: [{ name: 'i', image: 'a', restartPolicy: 'Never' }] },
      ['spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
  ])('%s', (_name, spec, expected) => {
    expect(problems(podBody(spec))).toEqual(expected);
  });
});

describe('a volume', () => {
  it.each<[string, object, string[]]>([
    [
      'two sources',
      { emptyDir: {}, hostPath: { path: '/x' } },
      ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ],
    ['host path without path', { hostPath: {} }, ['spec.volumes[0].hostPath.path: Required value']],
    [
      'host path upwards',
      { hostPath: { path: '/a/../b' } },
      ['spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\''],
    ],
    [
      'type of a host path',
      { hostPath: { path: '/a', type: 'Link' } },
      [
        'spec.volumes[0].hostPath.type: Unsupported value: "Link": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      ],
    ],
    [
      'mode',
      { secret: { secretName: 's', defaultMode: 512 } },
      [
        'spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      ],
    ],
    [
      'item that leaves the volume',
      { configMap: { name: 'm', items: [{ key: 'k', path: '../x' }] } },
      ['spec.volumes[0].configMap.items[0].path: Invalid value: "../x": must not contain \'..\''],
    ],
    [
      'item of a reserved name',
      { configMap: { name: 'm', items: [{ key: 'k', path: '..data' }] } },
      ['spec.volumes[0].configMap.items[0].path: Invalid value: "..data": must not start with \'..\''],
    ],
    [
      'two projections of one path',
      {
        projected: {
          sources: [
            { configMap: { name: 'a', items: [{ key: 'k', path: 'x' }] } },
            { secret: { name: 'b', items: [{ key: 'k', path: 'x' }] } },
          ],
        },
      },
      ['spec.volumes[0].projected: Invalid value: "b": conflicting duplicate paths'],
    ],
    [
      'downward file of nothing',
      { downwardAPI: { items: [{ path: 'x' }] } },
      ['spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required'],
    ],
  ])('%s', (_name, source, expected) => {
    expect(problems(podBody({ volumes: [{ name: 'v', ...source }] }))).toEqual(expected);
  });

  it('is mounted once at a path, within itself', () => {
    const mounts = [
      { name: 'v', mountPath: '/a', subPath: '/abs' },
      { name: 'v', mountPath: '/a', subPathExpr: '$(A)/..', subPath: 'x' },
    ];
    expect(problems(containerBody({ volumeMounts: mounts }, { volumes: [{ name: 'v' }] }))).toEqual([
      `${C}.volumeMounts.subPath: Invalid value: "/abs": must be a relative path`,
      `${C}.volumeMounts[1].mountPath: Invalid value: "/a": must be unique`,
      `${C}.volumeMounts[1].subPathExpr: Invalid value: "$(A)/..": subPathExpr and subPath are mutually exclusive`,
      `${C}.volumeMounts.subPathExpr: Invalid value: "$(A)/..": must not contain '..'`,
    ]);
  });
});

describe('annotations', () => {
  it.each<[string, Record<string, string>, string[]]>([
    [
      'mirror Pod without a node',
      { 'kubernetes.io/config.mirror': 'x' },
      [
        'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
      ],
    ],
    [
      'deletion cost',
      { 'controller.kubernetes.io/pod-deletion-cost': '1.5' },
      [
        'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "1.5": must be a 32bit integer',
      ],
    ],
    [
      'AppArmor for no container',
      { 'container.apparmor.security.beta.kubernetes.io/x': 'runtime/default' },
      [
        'metadata.annotations[container.apparmor.security.beta.kubernetes.io/x]: Invalid value: "x": container not found',
      ],
    ],
  ])('%s', (_name, annotations, expected) => {
    expect(problems(podBody({}, { annotations }))).toEqual(expected);
  });
});

describe('a volume source that is not mounted here is judged all the same', () => {
  const V = 'spec.volumes[0]';
  it.each<[string, object, string[]]>([
    ['gcePersistentDisk', {}, [`${V}.persistentDisk.pdName: Required value`]],
    [
      'awsElasticBlockStore',
      { volumeID: 'v', partition: 256 },
      [`${V}.awsElasticBlockStore.partition: Invalid value: 256: must be between 1 and 255, inclusive`],
    ],
    ['nfs', { server: 's', path: 'p' }, [`${V}.nfs.path: Invalid value: "p": must be an absolute path`]],
    [
      'iscsi',
      { targetPortal: 't', iqn: 'abc', lun: 256, chapAuthSession: true },
      [
        `${V}.iscsi.iqn: Invalid value: "abc": must be valid format starting with iqn, eui, or naa`,
        `${V}.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive`,
        `${V}.iscsi.secretRef: Required value`,
      ],
    ],
    ['rbd', { monitors: [], image: '' }, [`${V}.rbd.monitors: Required value`, `${V}.rbd.image: Required value`]],
    ['fc', { targetWWNs: ['a'] }, [`${V}.fc.lun: Required value: lun is required if targetWWNs is specified`]],
    [
      'flexVolume',
      { driver: 'd', options: { 'a.k8s.io/b': '' } },
      [
        `${V}.flexVolume.options[a.k8s.io/b]: Invalid value: "a.k8s.io/b": kubernetes.io and k8s.io namespaces are reserved`,
      ],
    ],
    [
      'azureDisk',
      { diskName: 'd', diskURI: 'x', kind: 'Managed' },
      [
        `${V}.azureDisk.diskURI: Unsupported value: "x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"`,
      ],
    ],
    ['flocker', {}, [`${V}.flocker: Required value: one of datasetName and datasetUUID is required`]],
    ['persistentVolumeClaim', { claimName: '' }, [`${V}.persistentVolumeClaim.claimName: Required value`]],
    ['ephemeral', {}, [`${V}.ephemeral.volumeClaimTemplate: Required value`]],
  ])('%s', (source, value, expected) => {
    expect(problems(podBody({ volumes: [{ name: 'v', [source]: value }] }))).toEqual(expected);
  });
});
