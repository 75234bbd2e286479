/** POST: what the server sets, what it refuses, and how names are found. */

import { describe, expect, it } from 'vitest';
import { createObject } from '../../../daemon/api/rest/create.ts';
import { getObject } from '../../../daemon/api/rest/get.ts';
import { updateObject } from '../../../daemon/api/rest/update.ts';
import type { KubeObject } from '../../../daemon/base/object.ts';
import {
  BINDINGS,
  CONFIG_MAPS,
  DEPLOYMENTS,
  LIMIT_RANGES,
  NAMESPACES,
  PODS,
  SELF_SUBJECT_ACCESS_REVIEWS,
  SERVICE_ACCOUNTS,
} from '../../../daemon/kinds/resources.ts';
import { createRest, refusalOf } from './support.ts';

const configMap = (name: string, rest = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...rest });
const pod = (name: string, spec = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'example:1' }], ...spec },
});

describe('create', () => {
  it('tells warnings beside an error', async () => {
    const rest = await createRest();
    const unknown = { unknown: 1 };
    const warnings = ['unknown field "unknown"'];
    const misnamed = rest.create(CONFIG_MAPS, { ...configMap('A_'), ...unknown });
    await expect(misnamed).rejects.toMatchObject({ status: { code: 422 }, warnings });
    await rest.create(CONFIG_MAPS, configMap('a'));
    const again = rest.create(CONFIG_MAPS, { ...configMap('a'), ...unknown });
    await expect(again).rejects.toMatchObject({ status: { code: 409 }, warnings });
    const wrong = { ...configMap('a', { data: { '?': '' } }), ...unknown };
    const changed = updateObject(rest.context, rest.target(CONFIG_MAPS, 'a'), wrong as never);
    await expect(changed).rejects.toMatchObject({ status: { code: 422 }, warnings });
  });

  it('sets uid, time, namespace and managed fields, and puts apiVersion and kind first', async () => {
    const rest = await createRest();
    const made = await rest.create(CONFIG_MAPS, { metadata: { name: 'a', labels: { x: 'y' } }, data: { k: 'v' } });
    expect(Object.keys(made).slice(0, 3)).toEqual(['apiVersion', 'kind', 'metadata']);
    expect(made.metadata).toMatchObject({
      name: 'a',
      namespace: 'default',
      creationTimestamp: '2026-01-01T00:00:00Z',
      resourceVersion: String(rest.store.revision),
      managedFields: [{ manager: 'tester', operation: 'Update', fieldsV1: { 'f:data': { 'f:k': {} } } }],
    });
    expect(made.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.metadata?.generation).toBeUndefined();
    expect(getObject(rest.context, rest.target(CONFIG_MAPS, 'a')).value).toBe(made);
  });

  it('starts the generation where the kind has one and fills defaults', async () => {
    const rest = await createRest();
    const made = await rest.create(DEPLOYMENTS, {
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
      status: { replicas: 7 },
    } as never);
    expect(made.metadata?.generation).toBe(1);
    expect(made.spec?.replicas).toBe(1);
    expect(made.status?.replicas).toBeUndefined();
    const owned = JSON.stringify(made.metadata?.managedFields);
    expect(owned).not.toContain('f:status');
  });

  it('names a LimitRange that has no name by a uid, and nothing else', async () => {
    const rest = await createRest();
    const made = await rest.create(LIMIT_RANGES, { metadata: {}, spec: { limits: [] } } as never);
    expect(made.metadata?.name).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.metadata?.name).not.toBe(made.metadata?.uid);
    await expect(rest.create(CONFIG_MAPS, { metadata: {} })).rejects.toThrow('name or generateName is required');
  });

  it('keeps the generation that a client wrote where the kind counts none', async () => {
    const rest = await createRest();
    expect((await rest.create(CONFIG_MAPS, { metadata: { name: 'a', generation: 3 } })).metadata?.generation).toBe(3);
    expect((await refusalOf(rest.create(CONFIG_MAPS, { metadata: { name: 'b', generation: -1 } }))).message).toBe(
      'ConfigMap "b" is invalid: metadata.generation: Invalid value: -1: must be greater than or equal to 0',
    );
  });

  it.each<[string, object, number, string]>([
    ['no name', {}, 400, 'Name parameter required.'],
    ['a name that is none', { name: 'a/b' }, 400, 'Name parameter invalid: "a/b": may not contain \'/\''],
    ['a pod that is not there', { name: 'a' }, 404, 'pods "a" not found'],
  ])('refuses a Binding of %s', async (_, metadata, code, message) => {
    const rest = await createRest();
    const body = { apiVersion: 'v1', kind: 'Binding', metadata, target: { name: 'n' } };
    expect(await refusalOf(createObject(rest.context, rest.scope(BINDINGS), body))).toMatchObject({ code, message });
  });

  it('refuses a Binding whose target is no object', async () => {
    const rest = await createRest();
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'a' }, target: 'n' } as KubeObject;
    expect((await refusalOf(createObject(rest.context, rest.scope(BINDINGS), body))).code).toBe(400);
  });

  it('names no kind when a review is invalid', async () => {
    const rest = await createRest();
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: {}, spec: {} };
    expect(await refusalOf(createObject(rest.context, rest.scope(SELF_SUBJECT_ACCESS_REVIEWS), body))).toMatchObject({
      code: 422,
      message: expect.stringMatching(/^\.authorization\.k8s\.io "" is invalid: /),
    });
  });

  it('refuses a second object of that name', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, configMap('a'));
    const status = await refusalOf(rest.create(CONFIG_MAPS, configMap('a')));
    expect(status).toMatchObject({ code: 409, reason: 'AlreadyExists', message: 'configmaps "a" already exists' });
    await rest.create(CONFIG_MAPS, configMap('held', { metadata: { name: 'held', finalizers: ['e.x/y'] } }));
    const { deleteObject } = await import('../../../daemon/api/rest/delete.ts');
    await deleteObject(rest.context, rest.target(CONFIG_MAPS, 'held'));
    const going = await refusalOf(rest.create(CONFIG_MAPS, configMap('held')));
    expect(going.message).toBe('object is being deleted: configmaps "held" already exists');
  });

  it('generates names, again when one is taken, and says so when none is found', async () => {
    const rest = await createRest();
    const one = await rest.create(CONFIG_MAPS, { metadata: { generateName: 'g-' } });
    expect(one.metadata?.name).toMatch(/^g-[a-z0-9]{5}$/);
    const suffixes = ['aaaaa', 'aaaaa', 'bbbbb'];
    const ids = { ...rest.context.ids, suffix: () => suffixes.shift() ?? 'aaaaa' };
    const context = { ...rest.context, ids, admission: { ...rest.context.admission, ids } };
    const make = () => createObject(context, rest.scope(CONFIG_MAPS), { metadata: { generateName: 'g-' } });
    expect((await make()).entry.value.metadata?.name).toBe('g-aaaaa');
    expect((await make()).entry.value.metadata?.name).toBe('g-bbbbb');
    const status = await refusalOf(make());
    expect(status).toMatchObject({ code: 409, reason: 'AlreadyExists', details: { retryAfterSeconds: 1 } });
    expect(status.message).toContain('was not able to generate a unique name');
  });

  it('cuts a long prefix so that the name fits', async () => {
    const rest = await createRest();
    const made = await rest.create(CONFIG_MAPS, { metadata: { generateName: `${'a'.repeat(80)}-` } });
    expect(made.metadata?.name).toMatch(/^a{58}[a-z0-9]{5}$/);
  });

  it('refuses another kind, version or namespace than the URL says', async () => {
    const rest = await createRest();
    const message = async (body: object) =>
      (await refusalOf(createObject(rest.context, rest.scope(CONFIG_MAPS), body as never))).message;
    expect(await message({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } })).toBe(
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    );
    expect(await message({ apiVersion: 'v1', kind: 'List', items: [] })).toContain(
      'converting (v1.List) to (core.ConfigMap)',
    );
    expect(await message({ apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'a' } })).toMatch(
      /^ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2"/,
    );
    expect(await message({ metadata: { name: 'a', namespace: 'other' } })).toBe(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
    expect(await message({ metadata: { name: 'a' }, kind: 7 })).toContain(
      "couldn't get version/kind; json parse error: ",
    );
  });

  it('refuses what is misplaced: no such namespace, one that is going, a resourceVersion', async () => {
    const rest = await createRest();
    const nowhere = await refusalOf(rest.create(CONFIG_MAPS, { metadata: { name: 'a', namespace: 'nope' } }));
    expect(nowhere).toMatchObject({ code: 404, message: 'namespaces "nope" not found' });
    await rest.create(NAMESPACES, { metadata: { name: 'going' } });
    const { deleteObject } = await import('../../../daemon/api/rest/delete.ts');
    await deleteObject(rest.context, rest.target(NAMESPACES, 'going'));
    const going = await refusalOf(rest.create(CONFIG_MAPS, { metadata: { name: 'a', namespace: 'going' } }));
    expect(going).toMatchObject({
      code: 403,
      message:
        'configmaps "a" is forbidden: unable to create new content in namespace going because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
    });
    const revision = await refusalOf(rest.create(CONFIG_MAPS, { metadata: { name: 'a', resourceVersion: '5' } }));
    expect(revision.message).toBe('resourceVersion should not be set on objects to be created');
    const unreadable = await rest.create(CONFIG_MAPS, { metadata: { name: 'a', resourceVersion: 'x' } });
    expect(unreadable.metadata?.resourceVersion).toBe(String(rest.store.revision));
  });

  it('does everything but the write in a dry run', async () => {
    const rest = await createRest();
    const before = rest.store.revision;
    const made = await rest.create(CONFIG_MAPS, configMap('a'), { dryRun: true });
    expect(made.metadata?.uid).toBeTruthy();
    expect(made.metadata?.resourceVersion).toBeUndefined();
    expect(rest.store.revision).toBe(before);
    await rest.create(CONFIG_MAPS, configMap('a'));
    const status = await refusalOf(rest.create(CONFIG_MAPS, configMap('a'), { dryRun: true }));
    expect(status.reason).toBe('AlreadyExists');
  });

  it('judges unknown fields as fieldValidation says', async () => {
    const rest = await createRest();
    const body = () => ({ metadata: { name: 'a' }, dta: { k: 'v' } }) as never;
    const strict = await refusalOf(rest.create(CONFIG_MAPS, body(), { fieldValidation: 'Strict' }));
    expect(strict).toMatchObject({
      code: 400,
      message: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dta"',
    });
    const warned = await createObject(rest.context, rest.scope(CONFIG_MAPS), body(), { fieldValidation: 'Warn' });
    expect(warned.warnings).toEqual(['unknown field "dta"']);
    expect(warned.entry.value).not.toHaveProperty('dta');
  });

  it('refuses a bad field manager', async () => {
    const rest = await createRest();
    const status = await refusalOf(rest.create(CONFIG_MAPS, configMap('a'), { fieldManager: 'bad\nname' }));
    expect(status.message).toBe(
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "bad\\nname": invalid character U+000A (at position 3)',
    );
  });
});

describe('creating pods', () => {
  it('gives each its service account, token, tolerations and priority', async () => {
    const rest = await createRest();
    const made = await rest.create(PODS, pod('p') as never);
    const { spec } = made;
    expect(spec).toMatchObject({ serviceAccountName: 'default', serviceAccount: 'default', priority: 0 });
    expect(spec?.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds])).toEqual([
      ['node.kubernetes.io/not-ready', 300],
      ['node.kubernetes.io/unreachable', 300],
    ]);
    const name = spec?.volumes?.[0]?.name;
    expect(name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(spec?.containers[0]?.volumeMounts).toEqual([
      { name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ]);
    expect(JSON.stringify(made.metadata?.managedFields)).not.toContain('f:tolerations');
  });

  it('refuses an account that does not exist', async () => {
    const rest = await createRest();
    const status = await refusalOf(rest.create(PODS, pod('p', { serviceAccountName: 'nobody' }) as never));
    expect(status).toMatchObject({
      code: 403,
      message:
        'pods "p" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    });
  });

  it('waits a little for the default account of a new namespace', async () => {
    const rest = await createRest();
    await rest.create(NAMESPACES, { metadata: { name: 'new' } });
    const body = { ...pod('p'), metadata: { name: 'p', namespace: 'new' } };
    const made = rest.create(PODS, body as never);
    await rest.create(SERVICE_ACCOUNTS, { metadata: { name: 'default', namespace: 'new' } });
    expect((await made).spec?.serviceAccountName).toBe('default');
  });

  it('gives up waiting after its time', async () => {
    const rest = await createRest();
    await rest.create(NAMESPACES, { metadata: { name: 'new' } });
    const body = { ...pod('p'), metadata: { name: 'p', namespace: 'new' } };
    const refused = refusalOf(rest.create(PODS, body as never));
    rest.clock.after(0, () => {});
    await rest.clock.advance(2_000);
    expect((await refused).message).toContain('error looking up service account new/default');
  });
});
