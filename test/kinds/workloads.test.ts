import { describe, expect, it } from 'vitest';
import type { Deployment, PodTemplate, ReplicaSet } from '../../daemon/kinds/types.generated.ts';
import { create, kindOf, update } from './support/admit.ts';
import { copyOf, podBody, texts } from './support/expect.ts';

const deployments = kindOf('apps', 'v1', 'Deployment');
const replicaSets = kindOf('apps', 'v1', 'ReplicaSet');
const template = { metadata: { labels: { app: 'x' } }, spec: podBody().spec };
const selector = { matchLabels: { app: 'x' } };
const body = (spec: object = {}) => ({ metadata: { name: 'd' }, spec: { selector, template, ...spec } });

describe('a Deployment is given', () => {
  it('replicas, a strategy, a history and a deadline', () => {
    const { object, errors } = create(deployments, body());
    expect(texts(errors)).toEqual([]);
    expect((object as Deployment).spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    expect((object as Deployment).status).toEqual({});
    expect((object as Deployment).spec?.template.spec).not.toHaveProperty('enableServiceLinks');
  });

  it('no bounds of a rolling update when it recreates', () => {
    const { object } = create(deployments, body({ strategy: { type: 'Recreate' }, replicas: 0 }));
    expect((object as Deployment).spec).toMatchObject({ strategy: { type: 'Recreate' }, replicas: 0 });
    expect((object as Deployment).spec?.strategy).not.toHaveProperty('rollingUpdate');
  });
});

describe('a Deployment is refused', () => {
  const mismatch = (labels: string) =>
    `spec.template.metadata.labels: Invalid value: ${labels}: \`selector\` does not match template \`labels\``;

  it.each<[string, object, string[]]>([
    [
      'without a selector',
      { selector: undefined },
      ['spec.selector: Required value', mismatch('map[string]string{"app":"x"}')],
    ],
    [
      'with an empty selector',
      { selector: {} },
      [
        'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: empty selector is invalid for deployment',
      ],
    ],
    [
      'whose selector misses its template',
      { selector: { matchLabels: { app: 'y' } } },
      [mismatch('map[string]string{"app":"x"}')],
    ],
    [
      'with an operator of its own',
      { selector: { matchExpressions: [{ key: 'app', operator: 'Near' }] } },
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator',
        'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement{v1.LabelSelectorRequirement{Key:"app", Operator:"Near", Values:[]string(nil)}}}: invalid label selector',
      ],
    ],
    [
      'of fewer than no replicas',
      { replicas: -1 },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'that could never move',
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } },
      [
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"0%"}: may not be 0 when `maxSurge` is 0',
      ],
    ],
    [
      'that would give up more than it has',
      { strategy: { rollingUpdate: { maxUnavailable: '101%', maxSurge: 'some' } } },
      [
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:\"some\"}: a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"101%"}: must not be greater than 100%',
      ],
    ],
    [
      'that recreates by rolling',
      { strategy: { type: 'Recreate', rollingUpdate: {} } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'of no strategy',
      { strategy: { type: 'Hope' } },
      [
        'spec.strategy: Unsupported value: apps.DeploymentStrategy{Type:"Hope", RollingUpdate:(*apps.RollingUpdateDeployment)(nil)}: supported values: "Recreate", "RollingUpdate"',
      ],
    ],
    [
      'whose deadline is over before it begins',
      { minReadySeconds: 60, progressDeadlineSeconds: 60 },
      ['spec.progressDeadlineSeconds: Invalid value: 60: must be greater than minReadySeconds'],
    ],
    [
      'whose Pods end',
      { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 1 } } },
      [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
      ],
    ],
    [
      'without a template',
      { template: undefined },
      [mismatch('map[string]string(nil)'), 'spec.template.spec.containers: Required value'],
    ],
  ])('%s', (_name, spec, expected) => {
    expect(texts(create(deployments, body(spec)).errors)).toEqual(expected);
  });
});

describe('an update', () => {
  it.each([
    ['Deployment', deployments],
    ['ReplicaSet', replicaSets],
  ])('of a %s may not select otherwise', (_name, kind) => {
    const live = create(kind, body()).object;
    const labels = { app: 'x', b: 'c' };
    const changed = body({ selector: { matchLabels: labels }, template: { ...template, metadata: { labels } } });
    expect(texts(update(kind, changed, live).errors)).toEqual([
      'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"x", "b":"c"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable',
    ]);
  });

  it('leaves the status alone, and the status leaves the rest alone', () => {
    const live = { ...create(deployments, body()).object, status: { replicas: 1, readyReplicas: 1 } } as Deployment;
    const main = update(deployments, { ...body({ replicas: 3 }), status: { replicas: 9 } }, live);
    expect((main.object as Deployment).status).toEqual(live.status);
    const body2 = copyOf<Deployment>(live);
    Object.assign(body2, { status: { replicas: 2, readyReplicas: 2 } });
    body2.spec!.replicas = 7;
    body2.metadata!.labels = { new: 'label' };
    const status = update(deployments, body2, live, 'status').object as Deployment;
    expect(status.spec?.replicas).toBe(1);
    expect(status.metadata?.labels).toBeUndefined();
    expect(status.status).toEqual({ replicas: 2, readyReplicas: 2 });
  });

  it.each([
    [
      { replicas: 1, readyReplicas: 2 },
      ['status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas'],
    ],
    [
      { replicas: 1, readyReplicas: 0, availableReplicas: 1 },
      ['status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas'],
    ],
    [
      { replicas: -1 },
      [
        'status.replicas: Invalid value: -1: must be greater than or equal to 0',
        'status.updatedReplicas: Invalid value: 0: cannot be greater than status.replicas',
        'status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas',
        'status.availableReplicas: Invalid value: 0: cannot be greater than status.replicas',
      ],
    ],
    [{ collisionCount: 1 }, ['status.collisionCount: Invalid value: 1: cannot be decremented']],
  ])('of the status to %j is refused', (status, expected) => {
    const live = { ...create(deployments, body()).object, status: { collisionCount: 2 } } as Deployment;
    const asked = { ...copyOf<Deployment>(live), status: { collisionCount: 2, ...status } };
    expect(texts(update(deployments, asked, live, 'status').errors)).toEqual(expected);
  });
});

describe('scale and table', () => {
  const made = () => copyOf<Deployment>(create(deployments, body({ replicas: 3 })).object);

  it('reads and sets replicas', () => {
    const object = made();
    expect(deployments.scale?.replicas(object)).toBe(3);
    expect(deployments.scale?.selector(object)).toBe('app=x');
    const spec = object.spec;
    deployments.scale?.setReplicas(object, 5);
    expect(object.spec?.replicas).toBe(5);
    expect(spec?.replicas).toBe(3);
  });

  it('shows what is ready of what is asked for', () => {
    const object = { ...made(), status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 } };
    expect(deployments.table.cells(object, 0)).toEqual([
      'd',
      '2/3',
      3,
      1,
      '<unknown>',
      'c',
      'registry.example/app:1',
      'app=x',
    ]);
    const set = {
      ...create(replicaSets, body({ replicas: 2 })).object,
      status: { replicas: 2, readyReplicas: 1 },
    } as ReplicaSet;
    expect(replicaSets.table.cells(set, 0).slice(0, 4)).toEqual(['d', 2, 2, 1]);
    expect(replicaSets.fieldSelectors['status.replicas']?.(set)).toBe('2');
  });
});

describe('a PodTemplate', () => {
  const podTemplates = kindOf('', 'v1', 'PodTemplate');
  const made = (spec: object, labels: object = { app: 'x' }) => ({
    metadata: { name: 't' },
    template: { metadata: { labels }, spec },
  });

  it('has the defaults and the rules of its template', () => {
    const { object, errors } = create(podTemplates, made({ containers: [{ name: 'c', image: 'x' }] }));
    expect(texts(errors)).toEqual([]);
    expect((object as PodTemplate).template).toMatchObject({
      metadata: { creationTimestamp: null },
      spec: { dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', containers: [{ imagePullPolicy: 'Always' }] },
    });
    const refused = create(
      podTemplates,
      made({ containers: [{ name: 'c' }], hostUsers: false }, { 'a b': 'c' }),
    ).errors;
    expect(texts(refused).map((text) => text.split(':')[0])).toEqual([
      'template.labels',
      'template.spec.containers[0].image',
    ]);
    const unsupported = podTemplates.unsupported?.(made({ containers: [], hostUsers: false })) ?? [];
    expect(texts(unsupported)).toEqual(['template.spec.hostUsers: Forbidden: not supported yet']);
  });
});
