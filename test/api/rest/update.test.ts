/** PUT and PATCH: conditions, isolation, generation, ownership, races, writes that change nothing. */

import { describe, expect, it } from 'vitest';
import { patchObject } from '../../../daemon/api/rest/patch.ts';
import type { PatchParameters, WriteParameters } from '../../../daemon/api/rest/requests.ts';
import { updateObject } from '../../../daemon/api/rest/update.ts';
import { cloneJson } from '../../../daemon/base/json.ts';
import type { KubeObject } from '../../../daemon/base/object.ts';
import type { Resource } from '../../../daemon/kinds/resource.ts';
import { CONFIG_MAPS, DEPLOYMENTS, SERVICES } from '../../../daemon/kinds/resources.ts';
import type { ConfigMap, Deployment } from '../../../daemon/kinds/types.generated.ts';
import { createRest, type Rest, refusalOf } from './support.ts';

const put = (rest: Rest, resource: Resource, body: KubeObject, parameters?: WriteParameters) =>
  updateObject(rest.context, rest.target(resource, body.metadata?.name ?? ''), cloneJson(body), parameters);

const patch = (
  rest: Rest,
  resource: Resource,
  name: string,
  body: unknown,
  parameters: Partial<PatchParameters> = {},
) => patchObject(rest.context, rest.target(resource, name), body as never, { type: 'merge', ...parameters });

const deployment = (name: string): Deployment =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
    },
  }) as Deployment;

describe('update', () => {
  it('replaces without a condition, and under the right resourceVersion', async () => {
    const rest = await createRest();
    const made = await rest.create(CONFIG_MAPS, { metadata: { name: 'a' }, data: { k: '1' } });
    const free = await put(rest, CONFIG_MAPS, { metadata: { name: 'a' }, data: { k: '2' } } as ConfigMap);
    expect(free.entry.value).toMatchObject({ data: { k: '2' }, metadata: { uid: made.metadata?.uid } });
    expect(free.created).toBe(false);
    const stale = { ...made, data: { k: '3' } };
    expect(await refusalOf(put(rest, CONFIG_MAPS, stale))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    });
    const current = { ...cloneJson(free.entry.value), data: { k: '3' } };
    expect((await put(rest, CONFIG_MAPS, current)).entry.value).toMatchObject({ data: { k: '3' } });
  });

  it('does not write what changes nothing', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' }, data: { k: '1' } });
    const before = rest.store.revision;
    const same = await put(rest, CONFIG_MAPS, { metadata: { name: 'a' }, data: { k: '1' } } as ConfigMap);
    expect(rest.store.revision).toBe(before);
    expect(same.entry.value.metadata?.resourceVersion).toBe(String(before));
    rest.clock.after(0, () => {});
    await rest.clock.advance(60_000);
    await patch(rest, CONFIG_MAPS, 'a', { data: { k: '1' } });
    expect(rest.store.revision).toBe(before);
  });

  it('checks name, namespace, uid and existence', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    const update = (body: object) =>
      refusalOf(updateObject(rest.context, rest.target(CONFIG_MAPS, 'a'), body as never, {}));
    expect((await update({ metadata: { name: 'b' } })).message).toBe(
      'the name of the object (b) does not match the name on the URL (a)',
    );
    expect((await update({ metadata: {} })).message).toBe(
      'the name of the object (a based on URL) was undeterminable: name must be provided',
    );
    expect((await update({ metadata: { name: 'a', namespace: 'x' } })).code).toBe(400);
    const uid = await update({ metadata: { name: 'a', uid: '11111111-1111-1111-1111-111111111111' } });
    expect(uid).toMatchObject({ code: 409, details: { kind: 'configmaps', name: 'a' } });
    expect(uid.message).toMatch(
      /^Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, Key: \/registry\/configmaps\/default\/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: 1{8}/,
    );
    const missing = await refusalOf(put(rest, CONFIG_MAPS, { metadata: { name: 'nope' } }));
    expect(missing).toMatchObject({ code: 404, message: 'configmaps "nope" not found' });
  });

  it('creates on PUT where upstream does', async () => {
    const rest = await createRest();
    const body = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }], selector: { a: 'b' } } };
    const result = await put(rest, SERVICES, body as KubeObject);
    expect(result.created).toBe(true);
    expect(result.entry.value.metadata?.uid).toBeTruthy();
  });

  it('raises the generation with the spec alone, and keeps status and spec apart', async () => {
    const rest = await createRest();
    const made = await rest.create(DEPLOYMENTS, deployment('d'));
    const labelled = await patch(rest, DEPLOYMENTS, 'd', { metadata: { labels: { x: 'y' } } });
    expect(labelled.entry.value.metadata?.generation).toBe(1);
    const scaled = await patch(rest, DEPLOYMENTS, 'd', { spec: { replicas: 3 }, status: { replicas: 9 } });
    const after = scaled.entry.value as Deployment;
    expect(after.metadata?.generation).toBe(2);
    expect(after.status?.replicas).toBeUndefined();
    const status = await patch(
      rest,
      DEPLOYMENTS,
      'd',
      { spec: { replicas: 5 }, status: { replicas: 3, observedGeneration: 2 } },
      { subresource: 'status', fieldManager: 'controller' },
    );
    const observed = status.entry.value as Deployment;
    expect(observed.spec?.replicas).toBe(3);
    expect(observed.status).toMatchObject({ replicas: 3, observedGeneration: 2 });
    expect(observed.metadata?.generation).toBe(2);
    const owner = observed.metadata?.managedFields?.find(({ manager }) => manager === 'controller');
    expect(owner).toMatchObject({ subresource: 'status', fieldsV1: { 'f:status': expect.anything() } });
    expect(JSON.stringify(owner)).not.toContain('f:spec');
    expect(observed.metadata?.uid).toBe(made.metadata?.uid);
  });

  it('answers a dry run with what would be, and writes nothing', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' }, data: { k: '1' } });
    const before = rest.store.revision;
    const dry = await patch(rest, CONFIG_MAPS, 'a', { data: { k: '2' } }, { dryRun: true });
    expect(dry.entry.value).toMatchObject({ data: { k: '2' } });
    expect(JSON.parse(dry.entry.json.toString())).toMatchObject({ data: { k: '2' } });
    expect(rest.store.revision).toBe(before);
  });

  it('refuses what may not change', async () => {
    const rest = await createRest();
    await rest.create(DEPLOYMENTS, deployment('d'));
    const status = await refusalOf(
      patch(rest, DEPLOYMENTS, 'd', {
        spec: { selector: { matchLabels: { a: 'c' } }, template: { metadata: { labels: { a: 'c' } } } },
      }),
    );
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(status.message).toContain('field is immutable');
  });
});

describe('patch', () => {
  it('lets racing patches all win, each on the state before it', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    const writers = Array.from({ length: 20 }, (_, index) => `k${index}`);
    await Promise.all(writers.map((key) => patch(rest, CONFIG_MAPS, 'a', { data: { [key]: key } })));
    const entry = rest.store.get('/registry/core/configmaps/default/a')!.value as ConfigMap;
    expect(Object.keys(entry.data ?? {}).sort()).toEqual(writers.sort());
  });

  it('keeps to a resourceVersion that the patch names', async () => {
    const rest = await createRest();
    const made = await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    await patch(rest, CONFIG_MAPS, 'a', { data: { k: '1' } });
    const stale = { metadata: { resourceVersion: made.metadata?.resourceVersion }, data: { k: '2' } };
    expect((await refusalOf(patch(rest, CONFIG_MAPS, 'a', stale))).reason).toBe('Conflict');
  });

  it('is read as the kind it is for, unless it says that it is another; without a version nothing of it is read', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    const { entry } = await patch(rest, CONFIG_MAPS, 'a', { kind: null, data: { k: '1' } });
    expect(entry.value).toMatchObject({ kind: 'ConfigMap', data: { k: '1' } });
    const nameless = 'the name of the object (a based on URL) was undeterminable: name must be provided';
    expect((await refusalOf(patch(rest, CONFIG_MAPS, 'a', { apiVersion: null }))).message).toBe(nameless);
    const list = [{ op: 'replace', path: '', value: [] }];
    expect((await refusalOf(patch(rest, CONFIG_MAPS, 'a', list, { type: 'json' }))).message).toContain(
      "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct",
    );
    const wrong = await refusalOf(patch(rest, CONFIG_MAPS, 'a', { kind: {}, apiVersion: 1 }));
    expect(wrong.message).toContain(
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .apiVersion of type string",
    );
    expect((await refusalOf(patch(rest, CONFIG_MAPS, 'a', { apiVersion: 'a/b/c' }))).message).toContain(
      'unexpected GroupVersion string: a/b/c',
    );
  });

  it('strategic: of the kind whatever it says, and its writer owns fields of that version', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' }, data: { z: '1' } });
    const body = { apiVersion: 'v2', kind: 'X', data: { k: '1' } };
    const { entry } = await patch(rest, CONFIG_MAPS, 'a', body, { type: 'strategic', fieldManager: 'm' });
    expect(entry.value).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { k: '1' } });
    expect(entry.value.metadata?.managedFields).toMatchObject([{ manager: 'm', apiVersion: 'v1' }, {}]);
  });

  it('strategic: a refusal shows what is left of it once its directives are carried out', async () => {
    const rest = await createRest();
    await rest.create(SERVICES, { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } });
    const body = { spec: { '$setElementOrder/ports': [{ port: 80 }], selector: 5 } };
    const status = await refusalOf(patch(rest, SERVICES, 's', body, { type: 'strategic' }));
    expect(status.message).toBe(
      ' "" is invalid: patch: Invalid value: "map[spec:map[selector:5]]": cannot restore map from int64',
    );
  });

  it('words a patch that leaves no object of the kind', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' }, data: { x: '1' } });
    const status = await refusalOf(
      patch(rest, CONFIG_MAPS, 'a', [{ op: 'add', path: '/data/n', value: 1 }], { type: 'json' }),
    );
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(status.message).toMatch(/^ "" is invalid: patch: Invalid value: "\{\\"/);
    expect(status.details?.causes?.[0]).toMatchObject({ field: 'patch', reason: 'FieldValueInvalid' });
    const renamed = [{ op: 'replace', path: '/metadata/name', value: 'b' }];
    expect((await refusalOf(patch(rest, CONFIG_MAPS, 'a', renamed, { type: 'json' }))).message).toBe(
      'the name of the object (b) does not match the name on the URL (a)',
    );
    const strict = await refusalOf(
      patch(rest, CONFIG_MAPS, 'a', { dta: { k: 'v' } }, { type: 'strategic', fieldValidation: 'Strict' }),
    );
    expect(strict.message).toContain('Invalid value: "map[dta:map[k:v]]": strict decoding error: unknown field "dta"');
  });

  it('never changes what it is given or what is stored', async () => {
    const rest = await createRest();
    const made = await rest.create(DEPLOYMENTS, deployment('d'));
    const text = JSON.stringify(made);
    const body = Object.freeze({ spec: Object.freeze({ replicas: 2 }) });
    await patch(rest, DEPLOYMENTS, 'd', body, { type: 'strategic' });
    expect(JSON.stringify(made)).toBe(text);
  });
});

describe('managed fields', () => {
  it('are forgotten when a client empties them', async () => {
    const rest = await createRest();
    for (const managedFields of [[], [{}]]) {
      await rest.create(CONFIG_MAPS, { metadata: { generateName: 'x' } });
      const name = `m${managedFields.length}`;
      await rest.create(CONFIG_MAPS, { metadata: { name }, data: { k: 'v' } });
      const { entry } = await patch(rest, CONFIG_MAPS, name, { metadata: { managedFields } });
      expect(entry.value.metadata).not.toHaveProperty('managedFields');
      const cleared = await put(rest, CONFIG_MAPS, {
        metadata: { name, managedFields: [] },
        data: { k: '2' },
      } as KubeObject);
      expect(cleared.entry.value.metadata).not.toHaveProperty('managedFields');
    }
  });
});

describe('server-side apply', () => {
  const applied = (data: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data,
  });
  const apply = (rest: Rest, manager: string, data: Record<string, string>, force = false) =>
    patch(rest, CONFIG_MAPS, 'a', applied(data), { type: 'apply', fieldManager: manager, force });

  it('creates, owns, conflicts, takes over and removes', async () => {
    const rest = await createRest();
    expect((await apply(rest, 'm1', { x: '1', y: '1' })).created).toBe(true);
    await patch(rest, CONFIG_MAPS, 'a', { data: { x: '2' } }, { fieldManager: 'editor' });
    const conflict = await refusalOf(apply(rest, 'm1', { x: '1', y: '1' }));
    expect(conflict).toMatchObject({
      code: 409,
      message: 'Apply failed with 1 conflict: conflict with "editor" using v1: .data.x',
    });
    const forced = await apply(rest, 'm1', { x: '1', y: '1' }, true);
    expect(forced.entry.value.metadata?.managedFields).toHaveLength(1);
    const dropped = await apply(rest, 'm1', { x: '1' });
    expect((dropped.entry.value as ConfigMap).data).toEqual({ x: '1' });
    const before = rest.store.revision;
    await apply(rest, 'm1', { x: '1' });
    expect(rest.store.revision).toBe(before);
  });

  it('owns fields in the order in which upstream writes them', async () => {
    const rest = await createRest();
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', labels: { z: '1', b: '2' } },
      data: { x: '1' },
    };
    const { entry } = await patch(rest, CONFIG_MAPS, 'a', body, { type: 'apply', fieldManager: 'm' });
    expect(JSON.stringify(entry.value.metadata?.managedFields?.[0]?.fieldsV1)).toBe(
      '{"f:data":{"f:x":{}},"f:metadata":{"f:labels":{"f:b":{},"f:z":{}}}}',
    );
  });

  it('of null is nothing in a struct, and an empty text among labels, as the decoding of the result has it', async () => {
    const rest = await createRest();
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { l: null } }, immutable: null };
    const { entry } = await patch(rest, CONFIG_MAPS, 'a', body, { type: 'apply', fieldManager: 'm' });
    expect(entry.value.metadata?.labels).toEqual({ l: '' });
    expect(entry.value).not.toHaveProperty('immutable');
    const before = rest.store.revision;
    await patch(rest, CONFIG_MAPS, 'a', body, { type: 'apply', fieldManager: 'm' });
    expect(rest.store.revision).toBe(before);
  });

  it('of what another applied as null takes it by force alone', async () => {
    const rest = await createRest();
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, immutable: null, data: { x: '1' } };
    await patch(rest, CONFIG_MAPS, 'a', body, { type: 'apply', fieldManager: 'm1' });
    const second = patch(rest, CONFIG_MAPS, 'a', body, { type: 'apply', fieldManager: 'm2' });
    expect((await refusalOf(second)).message).toBe('Apply failed with 1 conflict: conflict with "m1": .immutable');
  });

  it('creates with a revision that is a number, whichever', async () => {
    const rest = await createRest();
    const body = (resourceVersion: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', resourceVersion },
    });
    const apply = (resourceVersion: string) =>
      patch(rest, CONFIG_MAPS, 'a', body(resourceVersion), { type: 'apply', fieldManager: 'm' });
    expect(await refusalOf(apply('x'))).toMatchObject({
      code: 500,
      message: 'strconv.ParseUint: parsing "x": invalid syntax',
    });
    expect((await apply('7')).created).toBe(true);
    expect(await refusalOf(apply('7'))).toMatchObject({ code: 409 });
  });

  it('of values in another spelling than the stored one is no write, however often', async () => {
    const rest = await createRest();
    const made = deployment('d');
    made.spec!.template.spec!.containers[0]!.resources = { limits: { cpu: '1000m' } };
    const again = (cpu: string) => {
      const body = cloneJson(made);
      body.spec!.template.spec!.containers[0]!.resources!.limits!['cpu'] = cpu;
      return patch(rest, DEPLOYMENTS, 'd', body, { type: 'apply', fieldManager: 'm', force: true });
    };
    const first = await again('1000m');
    const before = rest.store.revision;
    rest.clock.advance(5_000);
    const second = await again('1000m');
    const third = await again('1');
    expect(rest.store.revision).toBe(before);
    expect(second.entry.value).toEqual(first.entry.value);
    expect(third.entry.value.metadata?.managedFields?.[0]?.time).toBe(
      first.entry.value.metadata?.managedFields?.[0]?.time,
    );
    await again('2');
    expect(rest.store.revision).toBe(before + 1);
  });

  it('by two at once makes one object of both', async () => {
    const rest = await createRest();
    const results = await Promise.all(['m1', 'm2', 'm3'].map((manager) => apply(rest, manager, { [manager]: 'x' })));
    expect(results.map(({ created }) => created).sort()).toEqual([false, false, true]);
    const live = rest.store.get('/registry/core/configmaps/default/a')!.value as ConfigMap;
    expect(live.data).toEqual({ m1: 'x', m2: 'x', m3: 'x' });
    expect(live.metadata?.managedFields).toHaveLength(3);
  });

  it('needs a manager, and no one else may force', async () => {
    const rest = await createRest();
    const nobody = await refusalOf(patch(rest, CONFIG_MAPS, 'a', applied({}), { type: 'apply' }));
    expect(nobody.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
    const forced = await refusalOf(patch(rest, CONFIG_MAPS, 'a', {}, { type: 'merge', force: true }));
    expect(forced.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
  });

  it('tells of fields given twice also when nothing changes', async () => {
    const rest = await createRest();
    const again = (fieldValidation: 'Ignore' | 'Strict' | 'Warn') =>
      patch(rest, CONFIG_MAPS, 'a', applied({ x: '1' }), {
        type: 'apply',
        fieldManager: 'm',
        fieldValidation,
        text: { yamlErrors: ['line 3: key "x" already set in map', 'line 5: key "y" already set in map'] },
      });
    await apply(rest, 'm', { x: '1' });
    const before = rest.store.revision;
    expect((await again('Ignore')).warnings).toEqual([]);
    expect((await again('Warn')).warnings).toEqual([
      'line 3: key "x" already set in map',
      'line 5: key "y" already set in map',
    ]);
    expect((await refusalOf(again('Strict'))).message).toBe(
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 3: key "x" already set in map\n  line 5: key "y" already set in map',
    );
    expect(rest.store.revision).toBe(before);
  });

  it('refuses amounts and numbers that are none', async () => {
    const rest = await createRest();
    const apply = (change: (body: ReturnType<typeof deployment>) => void) => {
      const body = cloneJson(deployment('d'));
      change(body);
      return refusalOf(patch(rest, DEPLOYMENTS, 'd', body, { type: 'apply', fieldManager: 'm' }));
    };
    const refusal = await apply(({ spec }) => {
      spec!.template.spec!.containers[0]!.resources = { limits: { cpu: 'x' } };
    });
    expect([refusal.code, refusal.message]).toEqual([
      500,
      "failed to convert new object (/d; apps/v1, Kind=Deployment) to proper version: unable to convert unstructured object to apps/v1, Kind=Deployment: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ]);
    const beyond = await apply(({ spec }) => {
      spec!.replicas = 2 ** 40;
    });
    expect(beyond.message).toContain('to proper version: unable to convert unstructured object');
  });

  it.each<[unknown, string]>([
    [null, 'Incorrect version specified in apply patch. Specified patch version: , expected: v1'],
    [{}, 'Incorrect version specified in apply patch. Specified patch version: , expected: v1'],
    [[], 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
    [true, 'json: cannot unmarshal bool into Go value of type map[string]interface {}'],
  ])('of %j is refused in the words of Go', async (body, expected) => {
    const rest = await createRest();
    const options = { type: 'apply', fieldManager: 'm' } as const;
    expect((await refusalOf(patch(rest, CONFIG_MAPS, 'a', body as never, options))).message).toContain(expected);
  });

  it('names what a configuration says wrong of itself', async () => {
    const rest = await createRest();
    const message = async (body: object) =>
      (await refusalOf(patch(rest, CONFIG_MAPS, 'a', body, { type: 'apply', fieldManager: 'm' }))).message;
    expect(await message({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} })).toBe(
      'the name of the object (a based on URL) was undeterminable: name must be provided',
    );
    expect(await message({ kind: 'ConfigMap', metadata: { name: 'a' } })).toBe(
      'Incorrect version specified in apply patch. Specified patch version: , expected: v1',
    );
    expect(await message({ ...applied({}), metadata: { name: 'b' } })).toBe(
      'the name of the object (b) does not match the name on the URL (a)',
    );
    expect(await message({ ...applied({}), metadata: { name: 'a', uid: 'u' } })).toContain('uid mismatch');
  });

  it('needs the right to create what it creates', async () => {
    const rest = await createRest({
      context: {
        authorizer: {
          authorize: (_user, attributes) => ({ allowed: attributes.verb !== 'create', reason: '' }),
        },
      },
    });
    const status = await refusalOf(apply(rest, 'm1', { x: '1' }));
    expect(status).toMatchObject({
      code: 403,
      message:
        'configmaps "a" is forbidden: User "admin" cannot create resource "configmaps" in API group "" in the namespace "default"',
    });
  });
});
