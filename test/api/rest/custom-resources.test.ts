/** Objects of custom kinds through the verbs: pruned, defaulted, validated, ratcheted, in several versions. */

import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { deleteObject } from '../../../daemon/api/rest/delete.ts';
import { getObject } from '../../../daemon/api/rest/get.ts';
import { listObjects } from '../../../daemon/api/rest/list.ts';
import { patchObject } from '../../../daemon/api/rest/patch.ts';
import { getScale, updateScale } from '../../../daemon/api/rest/scale.ts';
import { callSubresource } from '../../../daemon/api/rest/subresources.ts';
import { updateObject } from '../../../daemon/api/rest/update.ts';
import { cloneJson } from '../../../daemon/base/json.ts';
import type { KubeObject } from '../../../daemon/base/object.ts';
import { settled } from '../../../daemon/kinds/conversion.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../../daemon/kinds/resources.ts';
import type { CustomResourceDefinition } from '../../../daemon/kinds/types.generated.ts';
import { createWebhookCaller } from '../../../daemon/webhook/caller.ts';
import { createConversionWebhooks } from '../../../daemon/webhook/convert.ts';
import { seededIds, seededRandom } from '../../support/sim-clock.ts';
import { startWebhookServer } from '../../support/webhook-server.ts';
import { createCustomRest, definition, SCHEMA, SPEC, WIDGETS } from './custom-support.ts';
import { refusalOf } from './support.ts';

type Widget = KubeObject & { spec: Record<string, unknown>; status?: Record<string, unknown> };

const widget = (spec: Record<string, unknown> = { size: 1 }, name = 'w'): Widget => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});

describe('an object of a custom kind', () => {
  it('is defaulted and pruned, and keeps what its schema keeps', async () => {
    const rest = await createCustomRest();
    await rest.define();
    const made = (await rest.create(WIDGETS, {
      ...widget({ size: 2, unknown: 1, port: 'http', maybe: null, free: { a: { b: 1 } }, parts: [{ id: 'a', x: 1 }] }),
      status: { phase: 'Set' },
      top: true,
    } as never)) as Widget;
    expect(made).toMatchObject({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { generation: 1 } });
    expect(made.spec).toEqual({
      size: 2,
      color: 'red',
      port: 'http',
      maybe: null,
      free: { a: { b: 1 } },
      parts: [{ id: 'a', weight: 1 }],
    });
    expect(made).not.toHaveProperty('status');
    expect(made).not.toHaveProperty('top');
  });

  it.each([
    [{}, 'spec.size: Required value'],
    [{ size: 'x' }, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
    [{ size: 0 }, 'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1'],
    [{ size: 11 }, 'spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10'],
    [{ size: 1, color: 'green' }, 'spec.color: Unsupported value: "green": supported values: "red", "blue"'],
    [{ size: 1, name: 'toolong' }, 'spec.name: Too long: may not be more than 5 bytes'],
    [{ size: 1, name: 'A' }, `spec.name: Invalid value: "A": spec.name in body should match '^[a-z]+$'`],
    [
      { size: 1, port: true },
      'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
    ],
    [{ size: null }, 'spec.size: Required value'],
    [
      { size: 1, parts: [{ id: 'a' }, { id: 'a' }] },
      'spec.parts[1]: Duplicate value: map[string]interface {}{"id":"a"}',
    ],
    [
      { size: 1, labels: { a: 1 } },
      'spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"',
    ],
  ])('is refused for %j', async (spec, message) => {
    const rest = await createCustomRest();
    await rest.define();
    const refusal = await refusalOf(rest.create(WIDGETS, widget(spec)));
    expect(refusal).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(refusal.message).toBe(`Widget.example.com "w" is invalid: ${message}`);
  });

  it('loses nulls that may not be, and keeps those that may', async () => {
    const rest = await createCustomRest();
    await rest.define();
    const made = (await rest.create(WIDGETS, widget({ size: 1, name: null, color: null, maybe: null }))) as Widget;
    expect(made.spec).toEqual({ size: 1, color: 'red', maybe: null });
  });

  it('may have finalizers of any name, with a warning', async () => {
    const rest = await createCustomRest();
    await rest.define();
    const kind = rest.kind(WIDGETS);
    const metadata = { name: 'w', namespace: 'default', finalizers: ['plain', 'has.dot', 'a.b/c', 'orphan'] };
    await rest.create(WIDGETS, { ...widget(), metadata });
    const old = { metadata: { finalizers: ['has.dot'] } };
    expect(kind.warnings!({ metadata } as never, old as never)).toEqual([
      'metadata.finalizers: "plain": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers',
    ]);
    expect(kind.warnings!({ metadata } as never, undefined)).toContain(
      'metadata.finalizers: "has.dot": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers',
    );
  });

  it('is refused for unknown fields when asked to, and warned of otherwise', async () => {
    const rest = await createCustomRest();
    await rest.define();
    const strict = rest.create(WIDGETS, widget({ size: 1, foo: 1 }), { fieldValidation: 'Strict' });
    expect((await refusalOf(strict)).message).toBe(
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.foo"',
    );
  });

  it('has a status of its own and a scale', async () => {
    const rest = await createCustomRest();
    await rest.define();
    await rest.create(WIDGETS, widget({ size: 1, replicas: 2 }));
    const target = rest.target(WIDGETS, 'w');
    const change = cloneJson(getObject(rest.context, target).value) as Widget;
    change.status = { phase: 'Ready', replicas: 1, selector: 'a=b' };
    change.spec['size'] = 9;
    await updateObject(rest.context, target, cloneJson(change), { subresource: 'status' });
    const after = getObject(rest.context, target).value as Widget;
    expect(after.spec['size']).toBe(1);
    expect(after.status).toEqual({ phase: 'Ready', replicas: 1, selector: 'a=b' });
    expect(after.metadata!.generation).toBe(1);
    const scale = await callSubresource(rest.context, target, 'scale', 'get', undefined, {});
    expect(scale.entry.value).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 1, selector: 'a=b' } });
    await callSubresource(rest.context, target, 'scale', 'patch', { spec: { replicas: 5 } }, { type: 'merge' });
    const scaled = getObject(rest.context, target).value as Widget;
    expect(scaled.spec['replicas']).toBe(5);
    expect(scaled.metadata!.generation).toBe(2);
  });

  it('is judged with the nulls that an apply brings, and keeps those that may be', async () => {
    const rest = await createCustomRest();
    await rest.define();
    const apply = (name: string, spec: object, labels = {}) =>
      patchObject(
        rest.context,
        rest.target(WIDGETS, name),
        { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name, labels }, spec } as never,
        { type: 'apply', fieldManager: 'm' },
      );
    const made = await apply('w', { size: 1, maybe: null, color: null }, { a: null });
    expect(made.entry.value).toMatchObject({
      metadata: { labels: { a: '' } },
      spec: { size: 1, maybe: null, color: 'red' },
    });
    for (const name of ['w', 'new']) {
      const refused = await refusalOf(apply(name, { size: 1, replicas: null }));
      expect(refused.message).toContain('spec.replicas in body must be of type integer: "null"');
    }
  });

  it('is merged item by item by an apply, and selected by its fields', async () => {
    const rest = await createCustomRest();
    await rest.define();
    const target = rest.target(WIDGETS, 'w');
    const apply = (manager: string, spec: object) =>
      patchObject(
        rest.context,
        target,
        { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec } as never,
        { type: 'apply', fieldManager: manager },
      );
    await apply('a', { size: 1, parts: [{ id: 'x', weight: 2 }] });
    await apply('b', { parts: [{ id: 'y' }] });
    expect((getObject(rest.context, target).value as Widget).spec['parts']).toEqual([
      { id: 'x', weight: 2 },
      { id: 'y', weight: 1 },
    ]);
    expect((await refusalOf(apply('b', { size: 2 }))).message).toContain('conflict with "a": .spec.size');
    await rest.create(WIDGETS, widget({ size: 1, color: 'blue' }, 'v'));
    const names = (fieldSelector: string) =>
      listObjects(rest.context, rest.scope(WIDGETS), { fieldSelector }).entries.map(
        ({ value }) => value.metadata?.name,
      );
    expect(names('spec.color=blue')).toEqual(['v']);
    expect(() => names('spec.size=1')).toThrow('field label not supported: spec.size');
  });

  it('is updated at a revision only, and stays of its kind', async () => {
    const rest = await createCustomRest();
    await rest.define();
    await rest.create(WIDGETS, widget());
    const target = rest.target(WIDGETS, 'w');
    expect(await refusalOf(updateObject(rest.context, target, widget({ size: 2 }), {}))).toMatchObject({
      code: 422,
      message:
        'widgets.example.com "w" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    });
    const patch = (changes: object) =>
      refusalOf(patchObject(rest.context, target, changes as never, { type: 'merge' }));
    expect(await patch({ apiVersion: '' })).toMatchObject({
      code: 500,
      details: { causes: [{ message: "Object 'apiVersion' is missing in 'object has no apiVersion field'" }] },
    });
    expect((await patch({ kind: null })).message).toMatch(
      /^ "" is invalid: patch: Invalid value: "\{.*Object 'Kind' is missing in '\{.*\}'$/,
    );
    const nullVersion = [{ op: 'add', path: '/apiVersion', value: null }];
    expect(
      (await refusalOf(patchObject(rest.context, target, nullVersion as never, { type: 'json' }))).message,
    ).toContain('.apiVersion accessor error: <nil> is of the type <nil>, expected string');
    expect((await patch({ kind: [] })).message).toContain(
      "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go struct field .kind of type string",
    );
    expect((await patch({ metadata: [1] })).message).toContain(
      'json: cannot unmarshal array into Go value of type v1.ObjectMeta',
    );
    expect((await patch({ kind: 'Gadget' })).message).toBe(
      'Gadget.example.com "w" is invalid: kind: Invalid value: "Gadget": must be Widget',
    );
    expect((await patch({ apiVersion: 'v1' })).message).toBe(
      'Widget "w" is invalid: apiVersion: Invalid value: "v1": must be example.com/v1',
    );
    expect((await refusalOf(rest.create(WIDGETS, { ...widget(), kind: 'Gadget' }))).message).toBe(
      'Gadget.example.com "w" is invalid: kind: Invalid value: "Gadget": must be Widget',
    );
  });

  it('says what it is', async () => {
    const rest = await createCustomRest();
    await rest.define();
    const { kind: _kind, ...kindless } = widget();
    expect((await refusalOf(rest.create(WIDGETS, kindless as never))).message).toBe(
      `the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in '${JSON.stringify(kindless)}' (${JSON.stringify(kindless).slice(0, 30)} ...)`,
    );
    const { apiVersion: _version, ...versionless } = widget();
    expect((await refusalOf(rest.create(WIDGETS, versionless as never))).message).toBe(
      'the API version in the data () does not match the expected API version (example.com/v1)',
    );
  });

  it('refuses a strategic merge', async () => {
    const rest = await createCustomRest();
    await rest.define();
    await rest.create(WIDGETS, widget());
    const patch = patchObject(rest.context, rest.target(WIDGETS, 'w'), { spec: { size: 2 } }, { type: 'strategic' });
    expect(await refusalOf(patch)).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
  });
});

describe('rules in CEL', () => {
  const rules = {
    ...SPEC,
    'x-kubernetes-validations': [
      { rule: 'self.size <= 5 || self.color == "blue"', message: 'large ones are blue' },
      {
        rule: '!has(oldSelf.name) || self.name == oldSelf.name',
        messageExpression: '"name was " + oldSelf.name',
        fieldPath: '.name',
      },
    ],
  };
  const ruled = () =>
    definition({
      versions: [
        {
          ...definition().spec.versions[0]!,
          schema: { openAPIV3Schema: { ...SCHEMA, properties: { ...SCHEMA.properties, spec: rules } } },
        },
      ],
    });

  it('hold for new objects and for changes', async () => {
    const rest = await createCustomRest();
    await rest.define(ruled());
    expect((await refusalOf(rest.create(WIDGETS, widget({ size: 6 })))).message).toBe(
      'Widget.example.com "w" is invalid: spec: Invalid value: "object": large ones are blue',
    );
    await rest.create(WIDGETS, widget({ size: 6, color: 'blue', name: 'a' }));
    const rename = patchObject(rest.context, rest.target(WIDGETS, 'w'), { spec: { name: 'b' } }, { type: 'merge' });
    expect((await refusalOf(rename)).message).toBe(
      'Widget.example.com "w" is invalid: spec.name: Invalid value: "object": name was a',
    );
  });

  it('that cannot be compiled refuse their definition', async () => {
    const rest = await createCustomRest();
    const bad = ruled();
    (bad.spec.versions[0]!.schema!.openAPIV3Schema!.properties!['spec'] as { 'x-kubernetes-validations': object[] })[
      'x-kubernetes-validations'
    ] = [{ rule: 'self.nope > 1' }];
    expect((await refusalOf(rest.define(bad))).message).toContain(
      'spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: apiextensions.ValidationRule{Rule:"self.nope > 1", Message:"", MessageExpression:"", Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", OptionalOldSelf:(*bool)(nil)}: compilation failed: ERROR: <input>:1:5: undefined field \'nope\'',
    );
  });
});

describe('a new definition', () => {
  it('says that there are no conditions yet', async () => {
    const rest = await createCustomRest();
    const { status } = await rest.create(CUSTOM_RESOURCE_DEFINITIONS, definition());
    expect(status).toEqual({ conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] });
  });

  it('is read when a list stands for the schema of items, and then judged', async () => {
    const rest = await createCustomRest();
    const list = { type: 'array', items: [{ type: 'string' }, { type: 'integer' }] };
    const schema = { type: 'object', properties: { list } } as never;
    const made = definition({
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    });
    const refused = await refusalOf(rest.create(CUSTOM_RESOURCE_DEFINITIONS, made));
    expect(refused.code).toBe(422);
    expect(refused.message).toContain(
      'spec.validation.openAPIV3Schema.properties[list].items: Forbidden: items must be a schema object and not an array',
    );
  });
});

describe('a schema that becomes stricter', () => {
  it('refuses only what changes', async () => {
    const rest = await createCustomRest();
    await rest.define();
    await rest.create(WIDGETS, widget({ size: 9 }));
    const target = rest.target(CUSTOM_RESOURCE_DEFINITIONS, 'widgets.example.com');
    const next = cloneJson(getObject(rest.context, target).value) as CustomResourceDefinition;
    (next.spec.versions[0]!.schema!.openAPIV3Schema!.properties!['spec'] as typeof SPEC).properties!['size']!.maximum =
      5;
    await updateObject(rest.context, target, next);
    await patchObject(rest.context, rest.target(WIDGETS, 'w'), { spec: { color: 'blue' } }, { type: 'merge' });
    const worse = patchObject(rest.context, rest.target(WIDGETS, 'w'), { spec: { size: 8 } }, { type: 'merge' });
    expect((await refusalOf(worse)).message).toContain('spec.size: Invalid value: 8');
  });
});

describe('a default that a definition gains', () => {
  it('is shown of objects that were there before', async () => {
    const rest = await createCustomRest();
    await rest.define();
    await rest.create(WIDGETS, widget());
    const target = rest.target(CUSTOM_RESOURCE_DEFINITIONS, 'widgets.example.com');
    const next = cloneJson(getObject(rest.context, target).value) as CustomResourceDefinition;
    next.spec.versions[0]!.schema!.openAPIV3Schema!.properties!['spec']!.properties!['replicas']!.default = 3;
    await updateObject(rest.context, target, next);
    const shown = getObject(rest.context, rest.target(WIDGETS, 'w'));
    expect((shown.value as Widget).spec['replicas']).toBe(3);
    expect(JSON.parse(shown.json.toString())).toEqual(shown.value);
    const [listed] = listObjects(rest.context, rest.scope(WIDGETS)).entries;
    expect((listed!.value as Widget).spec['replicas']).toBe(3);
    await patchObject(rest.context, rest.target(WIDGETS, 'w'), { metadata: { labels: { a: 'b' } } }, { type: 'merge' });
    expect((rest.store.get('/registry/example.com/widgets/default/w')!.value as Widget).spec['replicas']).toBe(3);
  });
});

describe('a definition that goes', () => {
  it('is held until its objects are gone, and takes no new ones', async () => {
    const rest = await createCustomRest();
    await rest.define();
    await deleteObject(rest.context, rest.target(CUSTOM_RESOURCE_DEFINITIONS, 'widgets.example.com'));
    const going = getObject(rest.context, rest.target(CUSTOM_RESOURCE_DEFINITIONS, 'widgets.example.com')).value;
    expect(going.metadata).toMatchObject({ finalizers: ['customresourcecleanup.apiextensions.k8s.io'] });
    expect((going as CustomResourceDefinition).status!.conditions).toContainEqual(
      expect.objectContaining({ type: 'Terminating', status: 'True', reason: 'InstanceDeletionPending' }),
    );
    expect(rest.kind(WIDGETS).verbs).not.toContain('create');
  });
});

describe('several versions', () => {
  const two = (conversion: CustomResourceDefinition['spec']['conversion']) => {
    const [v1] = definition().spec.versions;
    const v2 = { ...v1!, name: 'v2', storage: false };
    return definition({ versions: [v1!, v2], conversion });
  };
  const V2 = { ...WIDGETS, version: 'v2' };

  it('differ in apiVersion alone without a webhook', async () => {
    const rest = await createCustomRest();
    await rest.define(two({ strategy: 'None' }));
    await rest.create(V2, { ...widget(), apiVersion: 'example.com/v2' });
    expect(rest.store.get('/registry/example.com/widgets/default/w')!.value.apiVersion).toBe('example.com/v1');
    expect(getObject(rest.context, rest.target(V2, 'w')).value).toMatchObject({
      apiVersion: 'example.com/v2',
      spec: { size: 1 },
    });
  });

  it('are converted by a webhook', async () => {
    const rest = await createCustomRest((_definition, objects, apiVersion) =>
      Promise.resolve(
        objects.map((object) => {
          const own = cloneJson(object) as Widget;
          own.apiVersion = apiVersion;
          const size = own.spec['size'] as number;
          own.spec['size'] = apiVersion.endsWith('v2') ? size + 1 : size - 1;
          return own;
        }),
      ),
    );
    const webhook = { clientConfig: { url: 'https://x.example.com' }, conversionReviewVersions: ['v1'] };
    await rest.define(two({ strategy: 'Webhook', webhook }));
    const made = (await rest.create(V2, { ...widget({ size: 5 }), apiVersion: 'example.com/v2' })) as Widget;
    expect(made.spec['size']).toBe(5);
    expect((getObject(rest.context, rest.target(WIDGETS, 'w')).value as Widget).spec['size']).toBe(4);
    await patchObject(rest.context, rest.target(V2, 'w'), { spec: { color: 'blue' } }, { type: 'merge' });
    const shown = await settled(() => getObject(rest.context, rest.target(V2, 'w')));
    expect((shown.value as Widget).spec).toMatchObject({ size: 5, color: 'blue' });
  });

  it('are converted by a webhook behind a Service', async () => {
    const server = await startWebhookServer(['converter.default.svc']);
    const services: object[] = [];
    const caller = createWebhookCaller({
      connectService: async (service) => {
        services.push(service);
        return connect(server.port, '127.0.0.1');
      },
    });
    server.answer = (request, path) => {
      const { uid, desiredAPIVersion, objects } = request as unknown as {
        uid: string;
        desiredAPIVersion: string;
        objects: Widget[];
      };
      const convertedObjects = objects.map((object) => ({
        ...object,
        apiVersion: desiredAPIVersion,
        spec: { ...object.spec, color: desiredAPIVersion.endsWith('v2') ? 'blue' : 'red' },
      }));
      const response = { uid, result: { status: 'Success' }, convertedObjects };
      const review = { kind: 'ConversionReview', apiVersion: 'apiextensions.k8s.io/v1', response };
      return path === '/convert' ? { status: 200, text: JSON.stringify(review) } : { status: 404, text: '' };
    };
    const ids = seededIds(seededRandom(2));
    const rest = await createCustomRest(createConversionWebhooks({ post: (call) => caller.post(call), ids }));
    const service = { namespace: 'default', name: 'converter', path: '/convert' };
    const webhook = { clientConfig: { service, caBundle: server.caBundle }, conversionReviewVersions: ['v1'] };
    await rest.define(two({ strategy: 'Webhook', webhook }));
    await rest.create(WIDGETS, widget({ size: 1, color: 'red' }));
    const shown = await settled(() => getObject(rest.context, rest.target(V2, 'w')));
    expect(shown.value).toMatchObject({ apiVersion: 'example.com/v2', spec: { color: 'blue' } });
    expect(services[0]).toMatchObject({ namespace: 'default', name: 'converter', port: 443 });
    await server.close();
  });
});

describe('the managers of a custom object', () => {
  it('stay when an update names none', async () => {
    const rest = await createCustomRest();
    await rest.define();
    await rest.create(WIDGETS, widget({ size: 1 }));
    const target = rest.target(WIDGETS, 'w');
    const live = cloneJson(getObject(rest.context, target).value) as Widget;
    expect(live.metadata!.managedFields).toHaveLength(1);
    await updateObject(rest.context, target, {
      ...live,
      metadata: { ...live.metadata, managedFields: [] },
      spec: { size: 2 },
    } as never);
    expect(getObject(rest.context, target).value.metadata!.managedFields).toHaveLength(1);
  });

  it('own the maps that hold what they set: nothing is there by itself', async () => {
    const rest = await createCustomRest();
    const schema = { ...SCHEMA, required: ['spec'] };
    await rest.define(
      definition({ versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }] }),
    );
    const made = await rest.create(WIDGETS, widget({ size: 1, color: 'blue' }));
    expect(made.metadata!.managedFields![0]!.fieldsV1).toEqual({
      'f:spec': { '.': {}, 'f:color': {}, 'f:size': {} },
    });
  });

  it('do not own what a status cannot bring', async () => {
    const rest = await createCustomRest();
    await rest.define();
    const made = (await rest.create(WIDGETS, widget({ size: 1 }))) as Widget;
    const metadata = { ...made.metadata, labels: { a: 'b' } };
    const next = { ...cloneJson(made), metadata, status: { phase: 'x' } };
    await updateObject(rest.context, rest.target(WIDGETS, 'w'), next as never, { subresource: 'status' });
    const { managedFields } = getObject(rest.context, rest.target(WIDGETS, 'w')).value.metadata!;
    expect(managedFields!.find(({ subresource }) => subresource === 'status')!.fieldsV1).toEqual({
      'f:status': { '.': {}, 'f:phase': {} },
    });
  });
});

describe('the scale of a custom object', () => {
  const scale = (replicas: number) => ({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'w', namespace: 'default' },
    spec: { replicas },
  });

  it('is written at no revision, and judged by the object’s rules', async () => {
    const rest = await createCustomRest();
    await rest.define();
    await rest.create(WIDGETS, widget({ size: 1, replicas: 1 }));
    const target = rest.target(WIDGETS, 'w');
    await updateScale(rest.context, target, scale(3) as never, {});
    expect((getObject(rest.context, target).value as Widget).spec['replicas']).toBe(3);
    expect((await refusalOf(updateScale(rest.context, target, scale(-1) as never, {}))).message).toBe(
      'Widget.example.com "w" is invalid: .spec.replicas: Invalid value: -1: should be a non-negative integer',
    );
  });

  it('is not shown where no replicas are', async () => {
    const rest = await createCustomRest();
    await rest.define();
    await rest.create(WIDGETS, widget({ size: 1 }));
    expect(() => getScale(rest.context, rest.target(WIDGETS, 'w'))).toThrow(
      'Internal error occurred: the spec replicas field ".spec.replicas" does not exist',
    );
    expect(() => getScale(rest.context, rest.target(WIDGETS, 'nobody'))).toThrow(
      'widgets.example.com "nobody" not found',
    );
  });
});
