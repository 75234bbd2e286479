/** ResourceQuota: what is refused, and that nothing passes by coming at once. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIGURATION, type LimitedResource } from '../../../daemon/admission/configuration.ts';
import { deleteObject } from '../../../daemon/api/rest/delete.ts';
import { updateObject } from '../../../daemon/api/rest/update.ts';
import { isReason } from '../../../daemon/base/status.ts';
import { CONFIG_MAPS, PODS, PRIORITY_CLASSES, RESOURCE_QUOTAS, SERVICES } from '../../../daemon/kinds/resources.ts';
import type { ConfigMap, Pod, ResourceQuotaSpec, Service } from '../../../daemon/kinds/types.generated.ts';
import { createRest, type Rest } from './support.ts';

const quota = (rest: Rest, spec: ResourceQuotaSpec, name = 'q') =>
  rest.create(RESOURCE_QUOTAS, { metadata: { name }, spec });
const pod = (name: string, resources: object = {}, more: object = {}): Pod => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i:1', resources }], ...more },
});
const service = (name: string, spec: object): Service => ({
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'admitted',
    (error: Error) => error.message,
  );

describe('a quota', () => {
  it('refuses what exceeds it, and says by how much', async () => {
    const rest = await createRest();
    await quota(rest, { hard: { 'requests.cpu': '1', 'limits.memory': '1Gi', pods: '3' } });
    const resources = { requests: { cpu: '600m' }, limits: { memory: '512Mi', cpu: '1' } };
    await rest.create(PODS, pod('a', resources));
    expect(await refusal(rest.create(PODS, pod('b', resources)))).toBe(
      'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
    expect(await refusal(rest.create(PODS, pod('b')))).toBe(
      'pods "b" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
    );
    expect(await refusal(rest.create(PODS, pod('b', { requests: { cpu: '400m' }, limits: { memory: '512Mi' } })))).toBe(
      'admitted',
    );
    await rest.context.store.close();
  });

  it('holds for writes at once: exactly as many as fit', async () => {
    const rest = await createRest();
    await quota(rest, { hard: { 'count/configmaps': '5' } });
    const names = Array.from({ length: 40 }, (_, index) => `m${index}`);
    const outcomes = await Promise.all(
      names.map((name) => refusal(rest.create<ConfigMap>(CONFIG_MAPS, { metadata: { name } }))),
    );
    expect(outcomes.filter((outcome) => outcome === 'admitted')).toHaveLength(5);
    expect(outcomes.at(-1)).toBe(
      'configmaps "m39" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=5, limited: count/configmaps=5',
    );
    await deleteObject(rest.context, rest.target(CONFIG_MAPS, 'm0'));
    expect(await refusal(rest.create<ConfigMap>(CONFIG_MAPS, { metadata: { name: 'again' } }))).toBe('admitted');
    await rest.context.store.close();
  });

  it('gives back what was not written: a dry run, a name that is taken', async () => {
    const rest = await createRest();
    await quota(rest, { hard: { configmaps: '2' } });
    await rest.create<ConfigMap>(CONFIG_MAPS, { metadata: { name: 'a' } });
    await rest.create<ConfigMap>(CONFIG_MAPS, { metadata: { name: 'b' } }, { dryRun: true });
    await expect(rest.create<ConfigMap>(CONFIG_MAPS, { metadata: { name: 'a' } })).rejects.toSatisfy((error) =>
      isReason(error, 'AlreadyExists'),
    );
    await rest.create<ConfigMap>(CONFIG_MAPS, { metadata: { name: 'b' } });
    expect(await refusal(rest.create<ConfigMap>(CONFIG_MAPS, { metadata: { name: 'c' } }))).toContain('exceeded quota');
    await rest.context.store.close();
  });

  it('counts services by what they take, when they change too', async () => {
    const rest = await createRest();
    await quota(rest, { hard: { 'services.nodeports': '1', 'services.loadbalancers': '0' } });
    await rest.create(SERVICES, service('plain', {}));
    expect(await refusal(rest.create(SERVICES, service('lb', { type: 'LoadBalancer' })))).toBe(
      'services "lb" is forbidden: exceeded quota: q, requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0',
    );
    const live = await rest.create(SERVICES, service('open', { type: 'NodePort' }));
    const change = (name: string, spec: object) =>
      updateObject(
        rest.context,
        rest.target(SERVICES, name),
        { ...service(name, spec), apiVersion: 'v1', kind: 'Service' },
        {},
      );
    expect(await refusal(change('plain', { type: 'NodePort' }))).toBe(
      'services "plain" is forbidden: exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    );
    expect(live.spec?.ports?.[0]?.nodePort).toBeGreaterThan(0);
    await change('open', { type: 'ClusterIP' });
    expect(await refusal(change('plain', { type: 'NodePort' }))).toBe('admitted');
    await rest.context.store.close();
  });

  it('counts only pods of its scopes, and none that have ended', async () => {
    const rest = await createRest();
    await quota(rest, { hard: { pods: '1' }, scopes: ['BestEffort', 'Terminating'] });
    await rest.create(PODS, pod('forever'));
    await rest.create(PODS, pod('one', {}, { activeDeadlineSeconds: 60 }));
    expect(await refusal(rest.create(PODS, pod('two', {}, { activeDeadlineSeconds: 60 })))).toContain(
      'exceeded quota: q',
    );
    await rest.create(PODS, pod('asks', { requests: { cpu: '1' } }, { activeDeadlineSeconds: 60 }));
    const ended = { metadata: { name: 'one' }, status: { phase: 'Succeeded' }, apiVersion: 'v1', kind: 'Pod' };
    await updateObject(rest.context, rest.target(PODS, 'one'), ended, { subresource: 'status' });
    expect(await refusal(rest.create(PODS, pod('two', {}, { activeDeadlineSeconds: 60 })))).toBe('admitted');
    await rest.context.store.close();
  });

  it('chooses by priority class', async () => {
    const rest = await createRest();
    const matchExpressions = [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] }];
    await quota(rest, { hard: { pods: '0' }, scopeSelector: { matchExpressions } });
    expect(await refusal(rest.create(PODS, pod('a')))).toBe('admitted');
    const critical = pod('b', {}, { priorityClassName: 'system-node-critical' });
    expect(await refusal(rest.create(PODS, critical))).toContain('exceeded quota: q, requested: pods=1');
    await rest.context.store.close();
  });

  it('counts devices', async () => {
    const rest = await createRest();
    await quota(rest, { hard: { 'requests.example.com/gpu': '1' } });
    const gpu = { requests: { 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } };
    await rest.create(PODS, pod('a', gpu));
    expect(await refusal(rest.create(PODS, pod('b', gpu)))).toContain('requested: requests.example.com/gpu=1');
    await rest.context.store.close();
  });

  it('lets a pod that should have stopped count no longer', async () => {
    const rest = await createRest();
    await quota(rest, { hard: { pods: '1' } });
    await rest.create(PODS, pod('a', {}, { nodeName: 'n', terminationGracePeriodSeconds: 10 }));
    await deleteObject(rest.context, rest.target(PODS, 'a'));
    expect(await refusal(rest.create(PODS, pod('b')))).toContain('exceeded quota');
    await rest.clock.advance(21_000);
    expect(await refusal(rest.create(PODS, pod('b')))).toBe('admitted');
    await rest.context.store.close();
  });

  it('that is raised lets more in at once', async () => {
    const rest = await createRest();
    const stored = await quota(rest, { hard: { configmaps: '0' } });
    expect(await refusal(rest.create<ConfigMap>(CONFIG_MAPS, { metadata: { name: 'a' } }))).toContain('exceeded');
    const raised = { ...stored, apiVersion: 'v1', kind: 'ResourceQuota', spec: { hard: { configmaps: '1' } } };
    await updateObject(rest.context, rest.target(RESOURCE_QUOTAS, 'q'), structuredClone(raised), {});
    expect(await refusal(rest.create<ConfigMap>(CONFIG_MAPS, { metadata: { name: 'a' } }))).toBe('admitted');
    await rest.context.store.close();
  });
});

describe('what may only be used where a quota covers it', () => {
  const limited = async (...limitedResources: LimitedResource[]): Promise<Rest> => {
    const rest = await createRest();
    const configuration = { ...DEFAULT_CONFIGURATION, limitedResources };
    Object.assign(rest.context.admission, { configuration });
    return rest;
  };

  it('by parts of names', async () => {
    const rest = await limited(
      { resource: 'pods', matchContains: ['memory'] },
      { resource: 'services', matchContains: ['nodeports'] },
    );
    const resources = { requests: { memory: '1Gi' }, limits: { memory: '1Gi' } };
    expect(await refusal(rest.create(PODS, pod('a', resources)))).toBe(
      'pods "a" is forbidden: insufficient quota to consume: limits.memory,memory,requests.memory',
    );
    expect(await refusal(rest.create(PODS, pod('b')))).toBe('admitted');
    expect(await refusal(rest.create(SERVICES, service('s', { type: 'NodePort' })))).toBe(
      'services "s" is forbidden: insufficient quota to consume: services.nodeports',
    );
    await quota(rest, { hard: { memory: '4Gi', 'requests.memory': '4Gi', 'limits.memory': '1Gi' } });
    expect(await refusal(rest.create(PODS, pod('a', resources)))).toBe('admitted');
    expect(await refusal(rest.create(PODS, pod('c', resources)))).toBe(
      'pods "c" is forbidden: exceeded quota: q, requested: limits.memory=1Gi, used: limits.memory=1Gi, limited: limits.memory=1Gi',
    );
    await rest.context.store.close();
  });

  it('by scopes', async () => {
    const scope = { scopeName: 'PriorityClass', operator: 'In', values: ['system-cluster-critical', 'other'] };
    const rest = await limited({ resource: 'pods', matchScopes: [scope] });
    const critical = pod('a', {}, { priorityClassName: 'system-cluster-critical' });
    await rest.create(PRIORITY_CLASSES, { metadata: { name: 'system-cluster-critical' }, value: 2_000_000_000 });
    expect(await refusal(rest.create(PODS, critical))).toBe(
      'pods "a" is forbidden: insufficient quota to match these scopes: [{PriorityClass In [system-cluster-critical other]}]',
    );
    expect(await refusal(rest.create(PODS, pod('b')))).toBe('admitted');
    await quota(rest, { hard: { pods: '1' }, scopeSelector: { matchExpressions: [scope] } });
    expect(await refusal(rest.create(PODS, critical))).toBe('admitted');
    await rest.context.store.close();
  });
});
