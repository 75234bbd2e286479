/** PodSecurity: what each level lets through, word by word, and who is told instead of refused. */

import { describe, expect, it } from 'vitest';
import { admitObject } from '../../daemon/admission/admit-object.ts';
import { admitTree } from '../../daemon/admission/admit-tree.ts';
import { DEFAULT_CONFIGURATION, type PodSecurityConfiguration } from '../../daemon/admission/configuration.ts';
import type { AdmissionResult } from '../../daemon/admission/contract.ts';
import { podSecurity } from '../../daemon/admission/plugins/pod-security.ts';
import { evaluate, formatDetails } from '../../daemon/admission/pod-security/evaluate.ts';
import { formatLevel, type Policy, policyOf } from '../../daemon/admission/pod-security/policy.ts';
import { deepFreeze } from '../../daemon/base/json.ts';
import type { JsonObject, KubeObject } from '../../daemon/base/object.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';
import { DEPLOYMENTS, NAMESPACES, PODS } from '../../daemon/kinds/resources.ts';
import type { PodSpec } from '../../daemon/kinds/types.generated.ts';
import { ADMIN, account, createEnvironment, manifests, namespace, registry } from './support.ts';

const GOOD = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'c',
      image: 'i:1',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};
const PLAIN = { containers: [{ name: 'c', image: 'i:1' }] };
const PLAIN_DETAILS = [
  'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
  'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"])',
  'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
  'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
].join(', ');

function judge(text: string, spec: object, annotations: Record<string, string> = {}): string {
  const [level, version] = text.split(':') as [string, string?];
  const labels = {
    'pod-security.kubernetes.io/enforce': level,
    ...(version ? { 'pod-security.kubernetes.io/enforce-version': version } : {}),
  };
  const { policy, errors } = policyOf(labels);
  expect(errors).toEqual([]);
  return formatDetails(evaluate(policy.enforce, deepFreeze({ metadata: { annotations }, spec: spec as PodSpec })));
}

const one = (securityContext: object, more: object = {}) => ({ containers: [{ name: 'c', securityContext }], ...more });

describe('the level baseline', () => {
  it.each<[string, object, string]>([
    ['a plain pod', PLAIN, ''],
    [
      'host namespaces',
      { hostPID: true, hostNetwork: true, containers: [] },
      'host namespaces (hostNetwork=true, hostPID=true)',
    ],
    [
      'privileged containers of all kinds',
      {
        initContainers: [{ name: 'i', securityContext: { privileged: true } }],
        containers: [{ name: 'c', securityContext: { privileged: true } }, { name: 'd' }],
        ephemeralContainers: [{ name: 'e', securityContext: { privileged: true } }],
      },
      'privileged (containers "i", "c", "e" must not set securityContext.privileged=true)',
    ],
    [
      'capabilities',
      one({ capabilities: { add: ['NET_RAW', 'CHOWN', 'BPF'] } }),
      'non-default capabilities (container "c" must not include "BPF", "NET_RAW" in securityContext.capabilities.add)',
    ],
    [
      'host paths',
      {
        containers: [],
        volumes: [
          { name: 'a', hostPath: {} },
          { name: 'b', emptyDir: {} },
          { name: 'd', hostPath: {} },
        ],
      },
      'hostPath volumes (volumes "a", "d")',
    ],
    [
      'host ports',
      { containers: [{ name: 'c', ports: [{ hostPort: 9000 }, { hostPort: 80 }, {}] }] },
      'hostPort (container "c" uses hostPorts 80, 9000)',
    ],
    [
      'procMount',
      one({ procMount: 'Unmasked' }),
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'SELinux',
      one({ seLinuxOptions: { type: 'x_t', role: 'r' } }, { securityContext: { seLinuxOptions: { user: 'u' } } }),
      'seLinuxOptions (pod and container "c" set forbidden securityContext.seLinuxOptions: type "x_t"; user may not be set; role may not be set)',
    ],
    [
      'seccomp',
      one({ seccompProfile: { type: 'Unconfined' } }, { securityContext: { seccompProfile: { type: 'Unconfined' } } }),
      'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'AppArmor',
      one({ appArmorProfile: { type: 'Unconfined' } }),
      'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'sysctls',
      { containers: [], securityContext: { sysctls: [{ name: 'kernel.msgmax' }, { name: 'net.ipv4.tcp_rmem' }] } },
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'Windows',
      one({}, { securityContext: { windowsOptions: { hostProcess: true } } }),
      'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
    ],
  ])('knows %s', (_, spec, told) => {
    expect(judge('baseline', spec)).toBe(told);
  });

  it('reads AppArmor’s annotations', () => {
    const prefix = 'container.apparmor.security.beta.kubernetes.io/';
    const annotations = { [`${prefix}a`]: 'localhost/x', [`${prefix}e`]: 'unconfined', [`${prefix}d`]: 'bogus' };
    expect(judge('baseline', PLAIN, annotations)).toBe(
      `forbidden AppArmor profiles (annotations must not set AppArmor profile type to "${prefix}d="bogus"", "${prefix}e="unconfined"")`,
    );
  });

  it('is what it was in the version that is asked for', () => {
    const sysctl = { containers: [], securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } };
    expect(judge('baseline:v1.31', sysctl)).toBe('forbidden sysctls (net.ipv4.tcp_rmem)');
    expect(judge('baseline:v1.32', sysctl)).toBe('');
    expect(judge('baseline:v1.99', sysctl)).toBe('');
    const engine = one({ seLinuxOptions: { type: 'container_engine_t' } });
    expect(judge('baseline:v1.30', engine)).toContain('type "container_engine_t"');
    expect(judge('baseline:v1.31', engine)).toBe('');
    const annotations = { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' };
    expect(judge('baseline:v1.18', PLAIN, annotations)).toBe(
      'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    );
    expect(judge('baseline:v1.19', PLAIN, annotations)).toBe('');
  });
});

describe('the level restricted', () => {
  it.each<[string, object, string]>([
    ['what it asks for', GOOD, ''],
    ['a plain pod', PLAIN, PLAIN_DETAILS],
    [
      'capabilities, told once',
      {
        ...GOOD,
        containers: [
          {
            name: 'c',
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { add: ['NET_RAW', 'NET_BIND_SERVICE'] },
            },
          },
        ],
      },
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "NET_RAW" in securityContext.capabilities.add)',
    ],
    [
      'volumes, told once',
      {
        ...GOOD,
        volumes: [
          { name: 'a', hostPath: {} },
          { name: 'b', nfs: {} },
          { name: 'd', csi: {} },
        ],
      },
      'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")',
    ],
    [
      'users',
      { ...GOOD, securityContext: { ...GOOD.securityContext, runAsNonRoot: false, runAsUser: 0 } },
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod must not set runAsUser=0)',
    ],
    [
      'seccomp, told once',
      { ...GOOD, securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Unconfined' } } },
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'baseline’s first',
      { ...GOOD, hostIPC: true, securityContext: { runAsNonRoot: true } },
      'host namespaces (hostIPC=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
    [
      'pods for Windows',
      { os: { name: 'windows' }, securityContext: { runAsNonRoot: true }, containers: [{ name: 'c' }] },
      '',
    ],
  ])('knows %s', (_, spec, told) => {
    expect(judge('restricted', spec)).toBe(told);
  });

  it('is what it was in the version that is asked for', () => {
    expect(judge('restricted:v1.7', PLAIN)).toBe(
      'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
    );
    expect(judge('restricted:v1.8', PLAIN)).toContain('allowPrivilegeEscalation != false');
    expect(judge('restricted:v1.21', PLAIN)).not.toContain('capabilities');
    expect(judge('restricted:v1.21', one({ capabilities: { add: ['BPF'] } }))).toContain('non-default capabilities');
    expect(judge('restricted:v1.22', { ...GOOD, securityContext: { ...GOOD.securityContext, runAsUser: 0 } })).toBe('');
    const windows = { os: { name: 'windows' }, securityContext: { runAsNonRoot: true }, containers: [{ name: 'c' }] };
    expect(judge('restricted:v1.24', windows)).toContain('seccompProfile');
  });
});

describe('the labels of a namespace', () => {
  it('name a level and a version for each mode', () => {
    const { policy } = policyOf({
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/enforce-version': 'v1.30',
      'pod-security.kubernetes.io/warn': 'restricted',
    });
    expect(Object.values(policy).map(formatLevel)).toEqual([
      'baseline:v1.30',
      'privileged:latest',
      'restricted:latest',
    ]);
  });

  it('warn of what they enforce, unless they say otherwise', () => {
    const levels = (labels: Record<string, string>, defaults?: Policy) => {
      const prefixed = Object.entries(labels).map(([mode, level]) => [`pod-security.kubernetes.io/${mode}`, level]);
      const { policy } = policyOf(Object.fromEntries(prefixed), defaults);
      return Object.values(policy).map(formatLevel).join(' ');
    };
    expect(levels({ enforce: 'baseline', 'enforce-version': 'v1.30' })).toBe(
      'baseline:v1.30 privileged:latest baseline:v1.30',
    );
    expect(levels({ enforce: 'baseline', 'warn-version': 'v1.29' })).toBe(
      'baseline:latest privileged:latest baseline:v1.29',
    );
    expect(levels({ enforce: 'restricted', warn: 'privileged' })).toBe(
      'restricted:latest privileged:latest privileged:latest',
    );
    const strict = { level: 'restricted', minor: 30 } as const;
    const defaults = { enforce: { level: 'baseline', minor: 30 }, audit: strict, warn: strict } as const;
    expect(levels({ enforce: 'baseline' }, defaults)).toBe('baseline:v1.30 restricted:v1.30 restricted:v1.30');
    expect(levels({}, defaults)).toBe('baseline:v1.30 restricted:v1.30 restricted:v1.30');
  });

  it('which cannot be read enforce the strictest, and only that', () => {
    const { policy, errors } = policyOf({
      'pod-security.kubernetes.io/enforce': 'loose',
      'pod-security.kubernetes.io/audit': 'loose',
      'pod-security.kubernetes.io/warn-version': '1.30',
    });
    expect(Object.values(policy).map(formatLevel)).toEqual([
      'restricted:latest',
      'privileged:latest',
      'privileged:latest',
    ]);
    expect(errors).toHaveLength(3);
  });
});

const kindOf = ({ group, version, plural }: Resource) => registry.byResource(group, version, plural)!;
const labelled = (labels: Record<string, string>, name = 'default'): KubeObject => {
  const object = namespace(name);
  const full = Object.entries(labels).map(([mode, value]) => [`pod-security.kubernetes.io/${mode}`, value]);
  return { ...object, metadata: { ...object.metadata, labels: Object.fromEntries(full) } };
};
const pod = (spec: object, name = 'p'): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec }) as KubeObject;
const deployment = (spec: object): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  ...{ spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec } } },
});

interface Asked {
  resource: Resource;
  object: KubeObject;
  labels: Record<string, string>;
  old?: KubeObject;
  subresource?: string;
  present?: KubeObject[];
  configuration?: Partial<PodSecurityConfiguration>;
  user?: string;
}

function admit({
  resource,
  object,
  labels,
  old,
  subresource = '',
  present = [],
  configuration,
  user = 'admin',
}: Asked) {
  const podSecurity = { ...DEFAULT_CONFIGURATION.podSecurity, ...configuration };
  const environment = {
    ...createEnvironment(present, [labelled(labels), account('default')]),
    configuration: { ...DEFAULT_CONFIGURATION, podSecurity },
  };
  return admitObject(environment, {
    kind: kindOf(resource),
    operation: old ? 'update' : 'create',
    subresource,
    user: { ...ADMIN, username: user },
    namespace: resource.namespaced ? 'default' : undefined,
    name: object.metadata?.name,
    object: structuredClone(object) as JsonObject,
    ...(old ? { old: deepFreeze(old) } : {}),
    fieldValidation: 'Strict',
  });
}

describe('a pod', () => {
  it('that violates what its namespace enforces is refused', () => {
    const { error, auditAnnotations } = admit({
      resource: PODS,
      object: pod(PLAIN),
      labels: { enforce: 'restricted' },
    });
    expect(error?.code).toBe(403);
    expect(error?.message).toBe(`pods "p" is forbidden: violates PodSecurity "restricted:latest": ${PLAIN_DETAILS}`);
    expect(auditAnnotations).toEqual({ 'pod-security.kubernetes.io/enforce-policy': 'restricted:latest' });
  });

  it('that violates what is only warned and audited of is admitted, and told of', () => {
    const labels = { enforce: 'baseline', warn: 'restricted', audit: 'restricted', 'audit-version': 'v1.30' };
    const { error, warnings, auditAnnotations } = admit({ resource: PODS, object: pod(PLAIN), labels });
    expect(error).toBeUndefined();
    expect(warnings).toEqual([`would violate PodSecurity "restricted:latest": ${PLAIN_DETAILS}`]);
    expect(auditAnnotations).toEqual({
      'pod-security.kubernetes.io/enforce-policy': 'baseline:latest',
      'pod-security.kubernetes.io/audit-violations': `would violate PodSecurity "restricted:v1.30": ${PLAIN_DETAILS}`,
    });
  });

  it('may be relabelled and have its status written as it is, but get no other image', () => {
    const created = admit({ resource: PODS, object: pod(PLAIN), labels: {} }).object;
    const old = { ...created, metadata: { ...created.metadata, resourceVersion: '5' } } as KubeObject;
    const change = (object: object, subresource = '') =>
      admit({ resource: PODS, object: { ...old, ...object }, old, subresource, labels: { enforce: 'restricted' } })
        .error;
    expect(change({ metadata: { ...old.metadata, labels: { a: 'b' } } })).toBeUndefined();
    expect(change({ status: { phase: 'Running' } }, 'status')).toBeUndefined();
    const spec = (old as unknown as { spec: PodSpec }).spec;
    expect(change({ spec: { ...spec, containers: [{ ...spec.containers[0], image: 'j' }] } })?.code).toBe(403);
  });
});

describe('what the operator configures', () => {
  const none = DEFAULT_CONFIGURATION.podSecurity.exemptions;
  const enforce = { level: 'restricted', minor: 30 } as const;
  const defaults = { ...DEFAULT_CONFIGURATION.podSecurity.defaults, enforce };

  it('holds for a namespace whose labels say nothing', () => {
    const asked = { resource: PODS, object: pod(PLAIN), configuration: { defaults } };
    expect(admit({ ...asked, labels: {} }).error?.message).toContain('violates PodSecurity "restricted:v1.30"');
    expect(admit({ ...asked, labels: { enforce: 'baseline' } }).error).toBeUndefined();
  });

  it.each([
    ['namespace', { namespaces: ['default'] }, PLAIN],
    ['user', { usernames: ['admin'] }, PLAIN],
  ])('exempts by %s, which the audit tells', (reason, exempt, spec) => {
    const labels = { enforce: 'restricted', warn: 'restricted' };
    const exempted = { configuration: { exemptions: { ...none, ...exempt } }, labels };
    const annotations = { 'pod-security.kubernetes.io/exempt': reason };
    expect(judged(admit({ ...exempted, resource: PODS, object: pod(spec) }))).toEqual([undefined, [], annotations]);
    const workload = admit({ ...exempted, resource: DEPLOYMENTS, object: deployment(spec) });
    expect(judged(workload)).toEqual([undefined, [], annotations]);
    const another = { ...exempted, user: 'jane', configuration: { exemptions: none } };
    expect(admit({ ...another, resource: PODS, object: pod(spec) }).error?.code).toBe(403);
  });

  it('exempts by runtime class (which Pods may not have yet)', () => {
    const annotations: string[] = [];
    const exemptions = { ...none, runtimeClasses: ['sandboxed'] };
    const podSecurityConfiguration = { ...DEFAULT_CONFIGURATION.podSecurity, exemptions };
    const environment = {
      ...createEnvironment([], [labelled({ enforce: 'restricted' })]),
      configuration: { ...DEFAULT_CONFIGURATION, podSecurity: podSecurityConfiguration },
    };
    const judge = (runtimeClassName: string) =>
      podSecurity.validate!(
        {
          ...{ kind: kindOf(PODS), operation: 'create', subresource: '', user: ADMIN, namespace: 'default' },
          ...{ name: 'p', requestedName: 'p', object: pod({ ...PLAIN, runtimeClassName }), old: undefined },
          warn: () => {},
          annotate: (key, value) => annotations.push(`${key}: ${value}`),
        },
        environment,
      );
    expect(judge('sandboxed')).toBeUndefined();
    expect(annotations).toEqual(['pod-security.kubernetes.io/exempt: runtimeClass']);
    expect(judge('other')?.error.code).toBe(403);
  });

  it('warns whoever labels a namespace that is exempt', () => {
    const exemptions = { ...none, namespaces: ['default'] };
    const asked = { resource: NAMESPACES, labels: {}, configuration: { exemptions } };
    const object = labelled({ enforce: 'baseline', 'audit-version': 'v1.30' });
    const told = [
      'namespace "default" is exempt from Pod Security, and the policy (enforce=baseline:latest) will be ignored',
    ];
    const { resourceVersion: _, ...metadata } = object.metadata!;
    expect(admit({ ...asked, object: { ...object, metadata } }).warnings).toEqual(told);
    const present = [pod({ ...PLAIN, hostPID: true }, 'x')];
    expect(admit({ ...asked, object, old: labelled({}), present }).warnings).toEqual(told);
    expect(admit({ ...asked, object: labelled({ enforce: 'privileged' }), old: object }).warnings).toEqual([]);
  });
});

const judged = ({ error, warnings, auditAnnotations }: AdmissionResult) => [error?.message, warnings, auditAnnotations];

describe('a workload', () => {
  it('is admitted whatever is enforced; its writer is warned', () => {
    const strict = admit({ resource: DEPLOYMENTS, object: deployment(PLAIN), labels: { enforce: 'restricted' } });
    expect(strict.error).toBeUndefined();
    expect(strict.warnings).toEqual([`would violate PodSecurity "restricted:latest": ${PLAIN_DETAILS}`]);
    const told = admit({ resource: DEPLOYMENTS, object: deployment(PLAIN), labels: { warn: 'restricted' } });
    expect(told.warnings).toEqual([`would violate PodSecurity "restricted:latest": ${PLAIN_DETAILS}`]);
  });
});

describe('a namespace', () => {
  it('with labels that cannot be read is refused, but not for those that it has', () => {
    const object = labelled({ enforce: 'loose', 'warn-version': 'newest' });
    const { error } = admit({
      resource: NAMESPACES,
      object: { ...object, metadata: { ...object.metadata, resourceVersion: undefined } },
      labels: {},
    });
    expect(error?.code).toBe(422);
    expect(error?.message).toBe(
      'Namespace "default" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "loose": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "newest": must be "latest" or "v1.x"]',
    );
    const same = admit({ resource: NAMESPACES, object, old: object, labels: {} });
    expect(same.error).toBeUndefined();
  });

  it('tells of the pods that are there when it becomes stricter', () => {
    const present = [pod({ ...PLAIN, hostPID: true }, 'x'), pod(PLAIN, 'b'), pod(PLAIN, 'a'), pod(GOOD, 'good')];
    const object = labelled({ enforce: 'restricted' });
    const { warnings } = admit({ resource: NAMESPACES, object, old: labelled({}), labels: {}, present });
    const reasons =
      'allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile';
    expect(warnings).toEqual([
      'existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:latest"',
      `a (and 1 other pod): ${reasons}`,
      `x: host namespaces, ${reasons}`,
    ]);
    const looser = admit({
      resource: NAMESPACES,
      object: labelled({ enforce: 'baseline' }),
      old: object,
      labels: {},
      present,
    });
    expect(looser.warnings).toEqual([]);
  });
});

describe('a tree', () => {
  it('is judged by the labels that it itself sets, wherever they stand', () => {
    const environment = createEnvironment([], [labelled({}), account('default')]);
    const strict = { apiVersion: 'v1', kind: 'Namespace', metadata: labelled({ enforce: 'restricted' }).metadata! };
    const { problems } = admitTree(environment, {
      manifests: manifests({
        'a-pod.yaml': pod(PLAIN) as unknown as JsonObject,
        'z-namespace.yaml': { ...strict, metadata: { name: 'default', labels: strict.metadata.labels } } as JsonObject,
      }),
      removed: [],
      user: ADMIN,
      manager: 'reflet-git',
    });
    expect(problems).toMatchObject([{ file: 'a-pod.yaml', code: 403, fieldPath: 'spec' }]);
    expect(problems[0]!.message).toContain('violates PodSecurity "restricted:latest"');
  });
});
