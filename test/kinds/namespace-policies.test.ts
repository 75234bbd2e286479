/** LimitRange, ResourceQuota, PodDisruptionBudget: defaults, rules, columns. */

import { describe, expect, it } from 'vitest';
import { formatFieldError } from '../../daemon/base/field.ts';
import { resourceQuota } from '../../daemon/kinds/resourcequotas/kind.ts';
import { create, kindOf, update } from './support/admit.ts';
import { texts } from './support/expect.ts';

const limitRange = (...limits: object[]) => ({ metadata: { name: 'l' }, spec: { limits } });
const errorsOf = (kind: string, body: object) => create(kindOf('', 'v1', kind), body).errors.map(formatFieldError);

describe('a LimitRange', () => {
  it('defaults what containers get', () => {
    const item = {
      type: 'Container',
      max: { cpu: '2', memory: '1Gi' },
      min: { cpu: '100m' },
      default: { memory: '512Mi' },
    };
    const { object } = create(kindOf('', 'v1', 'LimitRange'), limitRange(item, { type: 'Pod', max: { cpu: '4' } }));
    expect((object as unknown as { spec: object }).spec).toEqual({
      limits: [
        { ...item, default: { cpu: '2', memory: '512Mi' }, defaultRequest: { cpu: '2', memory: '512Mi' } },
        { type: 'Pod', max: { cpu: '4' } },
      ],
    });
  });

  it.each<[string, object, string]>([
    [
      'a type',
      { type: 'Node' },
      'spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified',
    ],
    [
      'a resource',
      { type: 'Pod', max: { storage: '1Gi' } },
      'spec.limits[0].max[storage]: Invalid value: "storage": must be a standard resource for containers',
    ],
    [
      'defaults of pods',
      { type: 'Pod', default: { cpu: '1' } },
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
    [
      'claims without bounds',
      { type: 'PersistentVolumeClaim' },
      'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ],
  ])('is refused for %s', (_, item, told) => {
    expect(errorsOf('LimitRange', limitRange(item))).toContain(told);
  });

  it('is refused for bounds that contradict each other', () => {
    const details = (item: object) =>
      create(kindOf('', 'v1', 'LimitRange'), limitRange({ type: 'Container', ...item })).errors.map(
        ({ field, detail }) => `${field}: ${detail}`,
      );
    expect(details({ min: { cpu: '2' }, max: { cpu: '1' } })).toContain(
      'spec.limits[0].min[cpu]: min value 2 is greater than max value 1',
    );
    expect(details({ default: { cpu: '1' }, defaultRequest: { cpu: '2' } })).toEqual([
      'spec.limits[0].defaultRequest[cpu]: default request value 2 is greater than default limit value 1',
    ]);
    expect(details({ maxLimitRequestRatio: { cpu: '500m' } })).toEqual([
      'spec.limits[0].maxLimitRequestRatio[cpu]: ratio 500m is less than 1',
    ]);
    expect(details({ min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } })).toEqual([
      'spec.limits[0].maxLimitRequestRatio[cpu]: ratio 3 is greater than max/min = 2.000000',
    ]);
  });
});

describe('a ResourceQuota', () => {
  const quota = (spec: object) => ({ metadata: { name: 'q' }, spec });

  it.each<[string, object, string]>([
    [
      'a resource',
      { hard: { storage: '1' } },
      'spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota',
    ],
    ['an amount', { hard: { pods: '-1' } }, 'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0'],
    ['a scope', { scopes: ['Old'] }, 'spec.scopes: Invalid value: []core.ResourceQuotaScope{"Old"}: unsupported scope'],
    [
      'a scope of what it does not divide',
      { hard: { cpu: '1' }, scopes: ['BestEffort'] },
      'spec.scopes: Invalid value: []core.ResourceQuotaScope{"BestEffort"}: unsupported scope applied to resource',
    ],
    [
      'scopes that exclude each other',
      { scopes: ['Terminating', 'NotTerminating'] },
      'spec.scopes: Invalid value: []core.ResourceQuotaScope{"Terminating", "NotTerminating"}: conflicting scopes',
    ],
    [
      'a selector without values',
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } },
      "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
    [
      'an operator that the scope does not know',
      { scopeSelector: { matchExpressions: [{ scopeName: 'BestEffort', operator: 'In', values: ['x'] }] } },
      `spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`,
    ],
  ])('is refused for %s', (_, spec, told) => {
    expect(errorsOf('ResourceQuota', quota(spec))).toContain(told);
  });

  it('tells twice what is wrong with a changed one', () => {
    const kind = kindOf('', 'v1', 'ResourceQuota');
    const live = create(kind, quota({ hard: { cpu: '1' } })).object;
    const { errors } = update(kind, quota({ hard: { cpu: '-1' } }), live);
    const told = 'spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0';
    expect(texts(errors)).toEqual([told, told]);
  });

  it('takes counts of anything, devices and huge pages', () => {
    const hard = {
      'count/widgets.example.com': '3',
      'requests.example.com/gpu': '1',
      'hugepages-2Mi': '4Mi',
      pods: '1',
    };
    expect(errorsOf('ResourceQuota', quota({ hard }))).toEqual([]);
  });

  it('shows what is used of what', () => {
    const hard = { pods: '2', 'limits.cpu': '1', 'requests.cpu': '500m' };
    const object = { metadata: { name: 'q' }, status: { hard, used: { pods: '1', 'requests.cpu': '100m' } } };
    expect(resourceQuota.table.cells(object, 0).slice(2)).toEqual([
      'pods: 1/2, requests.cpu: 100m/500m',
      'limits.cpu: 0/1',
    ]);
  });
});

describe('a PodDisruptionBudget', () => {
  const kind = kindOf('policy', 'v1', 'PodDisruptionBudget');
  const errorsFor = (spec: object) => create(kind, { metadata: { name: 'b' }, spec }).errors.map(formatFieldError);

  it('is made without a disruption allowed', () => {
    const { object, errors } = create(kind, {
      metadata: { name: 'b' },
      spec: { minAvailable: 1 },
      status: { expectedPods: 4 },
    });
    expect(errors).toEqual([]);
    expect(object).toMatchObject({
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    });
  });

  it.each<[string, object, RegExp]>([
    [
      'both bounds',
      { minAvailable: 1, maxUnavailable: 1 },
      /^spec: Invalid value: policy\.PodDisruptionBudgetSpec\{.*\}: minAvailable and maxUnavailable cannot be both set$/,
    ],
    [
      'less than none',
      { minAvailable: -1 },
      /^spec\.minAvailable: Invalid value: -1: must be greater than or equal to 0$/,
    ],
    [
      'more than all',
      { maxUnavailable: '101%' },
      /^spec\.maxUnavailable: Invalid value: .*"101%"\}: must not be greater than 100%$/,
    ],
    [
      'a policy',
      { unhealthyPodEvictionPolicy: 'Never' },
      /^spec\.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"$/,
    ],
    [
      'a selector',
      { selector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } },
      /not a valid selector operator$/,
    ],
  ])('is refused for %s', (_, spec, told) => {
    expect(errorsFor(spec)).toContainEqual(expect.stringMatching(told));
  });

  it('has conditions as all conditions are', () => {
    const old = {
      metadata: { name: 'b', resourceVersion: '1' },
      spec: {},
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    };
    const conditions = [{ type: 'DisruptionAllowed', status: 'Maybe', reason: 'no!', message: '' }];
    const next = { ...old, status: { ...old.status, expectedPods: -1, conditions } };
    expect(kind.validateStatusUpdate!(next as never, old).map(({ field }) => field)).toEqual([
      'status.conditions[0].status',
      'status.conditions[0].lastTransitionTime',
      'status.conditions[0].reason',
      'status.expectedPods',
    ]);
  });

  it('chooses what an old client meant by an empty selector', () => {
    const { convert, storedAs } = kindOf('policy', 'v1beta1', 'PodDisruptionBudget').conversion!;
    const old = { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', spec: { minAvailable: 1, selector: {} } };
    const kept = convert!(old, storedAs);
    expect(kept).toMatchObject({
      apiVersion: 'policy/v1',
      spec: { selector: { matchExpressions: [{ operator: 'Exists' }] } },
    });
    expect(convert!(kept, 'policy/v1beta1')).toEqual(old);
    const all = { ...kept, spec: { selector: {} } };
    expect(convert!(convert!(all, 'policy/v1beta1'), storedAs)).toEqual(all);
  });
});
