import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../daemon/kinds/types.generated.ts';
import { create, kindOf } from '../support/admit.ts';
import { containerBody, podBody, texts } from '../support/expect.ts';

const kind = kindOf('', 'v1', 'Pod');

describe('what is not supported yet is refused by name', () => {
  it.each<[string, Pod]>([
    ['spec.hostUsers', podBody({ hostUsers: false })],
    ['spec.os', podBody({ os: { name: 'windows' } })],
    ['spec.resources', podBody({ resources: { limits: { cpu: '1' } } })],
    ['spec.securityContext.seLinuxChangePolicy', podBody({ securityContext: { seLinuxChangePolicy: 'Recursive' } })],
    [
      'spec.securityContext.fsGroupChangePolicy',
      podBody({ securityContext: { fsGroupChangePolicy: 'OnRootMismatch' } }),
    ],
    [
      'spec.volumes[0].persistentVolumeClaim',
      podBody({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }),
    ],
    ['spec.volumes[0].nfs', podBody({ volumes: [{ name: 'v', nfs: { server: 's', path: '/p' } }] })],
    ['spec.volumes[0].csi', podBody({ volumes: [{ name: 'v', csi: { driver: 'd' } }] })],
    ['spec.volumes[0].emptyDir.medium', podBody({ volumes: [{ name: 'v', emptyDir: { medium: 'HugePages' } }] })],
    [
      'spec.containers[0].resizePolicy',
      containerBody({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] }),
    ],
    [
      'spec.containers[0].securityContext.windowsOptions',
      containerBody({ securityContext: { windowsOptions: { hostProcess: true } } }),
    ],
    [
      'spec.containers[0].securityContext.appArmorProfile',
      containerBody({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }),
    ],
  ])('%s', (field, body) => {
    const { errors, unsupported } = create(kind, body);
    expect(texts(errors)).toEqual([]);
    expect(texts(unsupported)).toEqual([`${field}: Forbidden: not supported yet`]);
  });

  it('AppArmor by annotation too', () => {
    const key = 'container.apparmor.security.beta.kubernetes.io/c';
    const refused = (value: string) => texts(create(kind, podBody({}, { annotations: { [key]: value } })).unsupported);
    expect(refused('runtime/default')).toEqual([`metadata.annotations[${key}]: Forbidden: not supported yet`]);
    expect(refused('unconfined')).toEqual([]);
  });

  it('and their defaults are let through, as is what is carried out', () => {
    const body = containerBody(
      { securityContext: { procMount: 'Default', appArmorProfile: { type: 'Unconfined' } }, resizePolicy: [] },
      {
        os: { name: 'linux' },
        hostUsers: true,
        readinessGates: [{ conditionType: 'a.b/c' }],
        volumes: [{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
        overhead: {},
        securityContext: {
          seLinuxOptions: { level: 's0' },
          fsGroupChangePolicy: 'Always',
          supplementalGroupsPolicy: 'Merge',
        },
      },
    );
    expect(create(kind, body).unsupported).toEqual([]);
  });
});

describe('warnings', () => {
  it.each<[string, Pod, string[]]>([
    [
      'deprecated node labels',
      podBody({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' } }),
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      'variables that hide others',
      containerBody({ env: [{ name: 'A' }, { name: 'A', value: 'x' }] }),
      ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
    ],
    [
      'ports that clash',
      podBody({
        containers: [
          {
            name: 'c',
            image: 'a',
            ports: [
              { containerPort: 80, hostPort: 80 },
              { containerPort: 53, hostIP: '10.0.0.1' },
            ],
          },
          {
            name: 'd',
            image: 'a',
            ports: [{ containerPort: 80, hostPort: 80, hostIP: '10.0.0.1' }, { containerPort: 80 }],
          },
        ],
      }),
      [
        'spec.containers[0].ports[1]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:53 Protocol:TCP HostIP:10.0.0.1}',
        'spec.containers[1].ports[0]: dangerously ambiguous port definition with spec.containers[0].ports[0]',
        'spec.containers[1].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
        'spec.containers[1].ports[1]: overlapping port definition with spec.containers[1].ports[0]',
      ],
    ],
    [
      'files over a token',
      podBody({
        volumes: [
          {
            name: 'v',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token' } },
                { configMap: { name: 'm', items: [{ key: 'k', path: 'token' }] } },
              ],
            },
          },
        ],
      }),
      ['spec.volumes[0].projected.sources.configMap[0]: has duplicated path with ServiceAccountToken "token"'],
    ],
    [
      'names that are no labels',
      podBody({}, { name: 'a.b' }),
      [
        "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      ],
    ],
    [
      'parts of a byte',
      containerBody({ resources: { limits: { memory: '100m' } } }),
      [
        'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
        'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
      ],
    ],
    [
      'pull secrets named twice or not at all',
      podBody({ imagePullSecrets: [{ name: 'a' }, { name: 'a' }, {}] }),
      ['spec.imagePullSecrets[1].name: duplicate name "a"', 'spec.imagePullSecrets[2].name: invalid empty name ""'],
    ],
    [
      'deprecated annotations',
      podBody({}, { annotations: { 'scheduler.alpha.kubernetes.io/critical-pod': '' } }),
      [
        'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
      ],
    ],
    [
      'negative grace',
      podBody({ terminationGracePeriodSeconds: -1 }),
      ['spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1'],
    ],
    [
      'spreading of nothing',
      podBody({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] }),
      ['spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod'],
    ],
  ])('%s', (_name, body, expected) => {
    expect(create(kind, body).warnings).toEqual(expected);
  });

  it('let a variable build on its first definition', () => {
    const body = containerBody({
      env: [
        { name: 'A', value: 'x' },
        { name: 'A', value: '$(A):y' },
      ],
    });
    expect(create(kind, body).warnings).toEqual([]);
  });

  it('are not given on updates of Pods', () => {
    const { object } = create(kind, podBody({ terminationGracePeriodSeconds: -1 }));
    expect(kind.warnings?.(object, object)).toEqual([]);
  });

  it('speak of the template in a Deployment', () => {
    const template = {
      metadata: { labels: { a: 'b' } },
      ...podBody({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' } }),
    };
    template.metadata = { labels: { a: 'b' } };
    const body = { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } };
    expect(create(kindOf('apps', 'v1', 'Deployment'), body).warnings).toEqual([
      'spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    ]);
  });
});

describe('the grace of a deletion', () => {
  it.each([
    [{ nodeName: 'n' }, 'Running', 30],
    [{ nodeName: 'n', terminationGracePeriodSeconds: 5 }, 'Running', 5],
    [{ nodeName: 'n', terminationGracePeriodSeconds: 0 }, 'Running', 0],
    [{ nodeName: 'n', terminationGracePeriodSeconds: -3 }, 'Running', 1],
    [{ nodeName: 'n' }, 'Succeeded', 0],
    [{}, 'Pending', 0],
  ])('of %j in phase %s is %i s', (spec, phase, seconds) => {
    const pod = { ...create(kind, podBody(spec)).object, status: { phase } } as Pod;
    expect(kind.gracePeriodSeconds?.(pod)).toBe(seconds);
  });
});

it('nor in a template: what admission refuses of a Pod itself', () => {
  const template = podBody({ runtimeClassName: 'x', overhead: { cpu: '1' } }, { labels: { a: 'b' } });
  const body = { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } };
  expect(texts(create(kindOf('apps', 'v1', 'Deployment'), body).unsupported)).toEqual([
    'spec.template.spec.runtimeClassName: Forbidden: not supported yet',
    'spec.template.spec.overhead: Forbidden: not supported yet',
  ]);
});
