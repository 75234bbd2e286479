/** scale, binding, eviction, token, finalize, ephemeralcontainers; reviews; the two shapes of events. */

import { describe, expect, it } from 'vitest';
import { getObject } from '../../../daemon/api/rest/get.ts';
import { callSubresource, subresourcesOf } from '../../../daemon/api/rest/subresources.ts';
import type { Resource } from '../../../daemon/kinds/resource.ts';
import { DEPLOYMENTS, NODES, PODS, SERVICE_ACCOUNTS } from '../../../daemon/kinds/resources.ts';
import type { Deployment, Pod, Scale, TokenRequest } from '../../../daemon/kinds/types.generated.ts';
import { createRest, type Rest, refusalOf } from './support.ts';

const call = async (
  rest: Rest,
  resource: Resource,
  path: string,
  verb: string,
  body?: unknown,
  parameters: Parameters<typeof callSubresource>[5] = {},
) => {
  const [name = '', subresource = ''] = path.split('/');
  return callSubresource(
    rest.context,
    rest.target(resource, name),
    subresource,
    verb,
    structuredClone(body),
    parameters,
  );
};
const pod = (name: string, spec = {}) =>
  ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } }) as never;
const deployment = {
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
} as Deployment;

describe('scale', () => {
  it('shows and sets the replicas, and says whose they are', async () => {
    const rest = await createRest();
    const made = await rest.create(DEPLOYMENTS, deployment);
    const shown = (await call(rest, DEPLOYMENTS, 'web/scale', 'get')).entry.value as Scale;
    expect(shown).toMatchObject({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', uid: made.metadata?.uid, resourceVersion: made.metadata?.resourceVersion },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=web' },
    });
    const next = { ...shown, spec: { replicas: 5 } };
    const set = await call(rest, DEPLOYMENTS, 'web/scale', 'update', next, { fieldManager: 'scaler' });
    expect((set.entry.value as Scale).spec?.replicas).toBe(5);
    const live = getObject(rest.context, rest.target(DEPLOYMENTS, 'web')).value as Deployment;
    expect(live.spec?.replicas).toBe(5);
    expect(live.metadata?.generation).toBe(2);
    const owners = live.metadata?.managedFields?.filter((entry) => JSON.stringify(entry).includes('f:replicas'));
    expect(owners).toMatchObject([{ manager: 'scaler', subresource: 'scale', apiVersion: 'apps/v1' }]);
    expect(await refusalOf(call(rest, DEPLOYMENTS, 'web/scale', 'update', next))).toMatchObject({ code: 409 });
  });

  it('is patched, and refuses fewer than none', async () => {
    const rest = await createRest();
    await rest.create(DEPLOYMENTS, deployment);
    const patched = await call(rest, DEPLOYMENTS, 'web/scale', 'patch', { spec: { replicas: 4 } }, { type: 'merge' });
    expect((patched.entry.value as Scale).spec?.replicas).toBe(4);
    const bad = call(rest, DEPLOYMENTS, 'web/scale', 'patch', { spec: { replicas: -1 } }, { type: 'merge' });
    expect((await refusalOf(bad)).message).toBe(
      'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
    expect((await refusalOf(call(rest, DEPLOYMENTS, 'none/scale', 'get'))).message).toBe(
      'deployments/scale.apps "none" not found',
    );
  });
});

describe('binding', () => {
  const bind = (rest: Rest, name: string, node: string, meta = {}) =>
    call(rest, PODS, `${name}/binding`, 'create', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, ...meta },
      target: { kind: 'Node', name: node },
    });

  it('assigns a pod once', async () => {
    const rest = await createRest();
    const made = await rest.create(PODS, pod('p'));
    const result = await bind(rest, 'p', 'n1');
    expect(result).toMatchObject({ created: true, entry: { value: { kind: 'Status', status: 'Success', code: 201 } } });
    const live = getObject(rest.context, rest.target(PODS, 'p')).value as Pod;
    expect(live.spec?.nodeName).toBe('n1');
    expect(live.status?.conditions).toContainEqual({
      type: 'PodScheduled',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    expect(live.metadata?.managedFields).toEqual(made.metadata?.managedFields);
    expect(await refusalOf(bind(rest, 'p', 'n2'))).toMatchObject({
      code: 409,
      message: 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    });
  });

  it('lets one of two schedulers win', async () => {
    const rest = await createRest();
    await rest.create(PODS, pod('p'));
    const outcomes = await Promise.allSettled([bind(rest, 'p', 'n1'), bind(rest, 'p', 'n2')]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses another pod of that name, and a name that differs from the URL', async () => {
    const rest = await createRest();
    await rest.create(PODS, pod('p'));
    expect((await refusalOf(bind(rest, 'p', 'n1', { uid: 'other' }))).code).toBe(409);
    const body = { kind: 'Binding', apiVersion: 'v1', metadata: { name: 'q' }, target: { name: 'n1' } };
    expect((await refusalOf(call(rest, PODS, 'p/binding', 'create', body))).message).toBe(
      'name in URL does not match name in Binding object',
    );
  });
});

describe('eviction', () => {
  it('deletes the pod with its grace', async () => {
    const rest = await createRest();
    await rest.create(PODS, pod('p', { nodeName: 'n1' }));
    const body = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'p' },
      deleteOptions: { gracePeriodSeconds: 3 },
    };
    const dry = await call(rest, PODS, 'p/eviction', 'create', { ...body, deleteOptions: { dryRun: ['All'] } });
    expect(dry.entry.value).toMatchObject({ status: 'Success' });
    const before = getObject(rest.context, rest.target(PODS, 'p')).value;
    expect(before.metadata?.deletionTimestamp).toBeUndefined();
    await call(rest, PODS, 'p/eviction', 'create', body);
    const live = getObject(rest.context, rest.target(PODS, 'p')).value;
    expect(live.metadata?.deletionGracePeriodSeconds).toBe(3);
  });
});

describe('token', () => {
  it('asks the issuer for a token of the account', async () => {
    const rest = await createRest();
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
    const { entry, created } = await call(rest, SERVICE_ACCOUNTS, 'default/token', 'create', body);
    expect(created).toBe(true);
    expect((entry.value as TokenRequest).status).toEqual({
      token: 'signed',
      expirationTimestamp: '2026-01-01T00:10:00Z',
    });
    const short = call(rest, SERVICE_ACCOUNTS, 'default/token', 'create', { ...body, spec: { expirationSeconds: 10 } });
    expect((await refusalOf(short)).message).toBe(
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
    );
    expect((await refusalOf(call(rest, SERVICE_ACCOUNTS, 'nobody/token', 'create', body))).code).toBe(404);
    const misnamed = { ...body, metadata: { name: 'robot' } };
    expect((await refusalOf(call(rest, SERVICE_ACCOUNTS, 'default/token', 'create', misnamed))).message).toBe(
      'TokenRequest.authentication.k8s.io "default" is invalid: metadata.name: Invalid value: "robot": must match the service account name if specified',
    );
  });

  it('binds only to a pod of that account', async () => {
    const rest = await createRest();
    await rest.create(SERVICE_ACCOUNTS, { metadata: { name: 'other' } });
    await rest.create(PODS, pod('p'));
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } },
    };
    await call(rest, SERVICE_ACCOUNTS, 'default/token', 'create', body);
    const foreign = call(rest, SERVICE_ACCOUNTS, 'other/token', 'create', body);
    expect((await refusalOf(foreign)).message).toContain('pod running with different serviceaccount name');
    const nameless = { ...body, spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1' } } };
    expect(await refusalOf(call(rest, SERVICE_ACCOUNTS, 'default/token', 'create', nameless))).toMatchObject({
      code: 400,
      message: 'Name parameter required.',
    });
  });
});

describe('the table of subresources', () => {
  it('lists what each kind has', async () => {
    const rest = await createRest();
    const names = (resource: Resource) => subresourcesOf(rest.kind(resource)).map(({ name }) => name);
    expect(names(DEPLOYMENTS)).toEqual(['scale', 'status']);
    expect(names(SERVICE_ACCOUNTS)).toEqual(['token']);
    expect(names(PODS)).toEqual(
      expect.arrayContaining(['binding', 'ephemeralcontainers', 'eviction', 'exec', 'log', 'status']),
    );
  });

  it('knows nothing of a subresource that is not there', async () => {
    const rest = await createRest();
    expect((await refusalOf(call(rest, SERVICE_ACCOUNTS, 'default/scale', 'get'))).code).toBe(404);
    if (rest.kind(NODES)) expect((await refusalOf(call(rest, NODES, 'n/status', 'create'))).code).toBe(405);
  });
});
