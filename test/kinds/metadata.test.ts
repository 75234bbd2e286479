import { describe, expect, it } from 'vitest';
import { create, kindOf, update } from './support/admit.ts';
import { texts } from './support/expect.ts';

const kind = kindOf('', 'v1', 'ConfigMap');
const namespaces = kindOf('', 'v1', 'Namespace');
const problems = (metadata: object) => texts(create(kind, { metadata }).errors);
const SUBDOMAIN = /a lowercase RFC 1123 subdomain must consist/;

describe('metadata of a new object', () => {
  it.each([['a'], ['a.b-c'], ['1'], ['x'.repeat(253)]])('may be named %s', (name) => {
    expect(problems({ name })).toEqual([]);
  });

  it.each([['A'], ['a_b'], ['-a'], ['a/b'], ['x'.repeat(254)]])('may not be named %s', (name) => {
    expect(problems({ name }).length).toBeGreaterThan(0);
  });

  it('needs a name', () => {
    expect(problems({})).toEqual(['metadata.name: Required value: name or generateName is required']);
  });

  it('may end generateName with a dash', () => {
    expect(problems({ generateName: 'a-' })).toEqual([]);
    expect(problems({ generateName: 'A-' })[0]).toMatch(SUBDOMAIN);
  });

  it('names a namespace where it has one', () => {
    const inNamespace = (namespace: string) => texts(create(kind, { metadata: { name: 'a', namespace } }).errors)[0];
    expect(inNamespace('a.b')).toBe('metadata.namespace: Invalid value: "a.b": must not contain dots');
    expect(inNamespace('a..b')).toMatch(/^metadata.namespace: Invalid value: "a..b": a lowercase RFC 1123 label/);
    expect(texts(create(namespaces, { metadata: { name: 'a', namespace: 'b' } }).errors)).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
  });

  it('holds at most 256 KiB of annotations', () => {
    const annotations = (bytes: number) => problems({ name: 'a', annotations: { k: 'ü'.repeat(bytes / 2) } });
    expect(annotations(256 * 1024 - 2)).toEqual([]);
    expect(annotations(256 * 1024)).toEqual(['metadata.annotations: Too long: may not be more than 262144 bytes']);
  });

  it.each<[object, string[]]>([
    [{ finalizers: ['kubernetes'] }, []],
    [
      { finalizers: ['orphan', 'foregroundDeletion'] },
      [
        'metadata.finalizers: Invalid value: []string{"orphan", "foregroundDeletion"}: finalizer orphan and foregroundDeletion cannot be both set',
      ],
    ],
    [
      {
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u', controller: true },
          { apiVersion: 'v1', kind: 'Node', name: 'b', uid: 'v', controller: true },
        ],
      },
      [
        expect.stringMatching(
          /^metadata\.ownerReferences: Invalid value: \[\]v1\.OwnerReference\{.*: Only one reference can have Controller set to true\. Found "true" in references for Pod\/a and Node\/b$/,
        ) as never,
      ],
    ],
    [
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'e', uid: 'u' }] },
      [
        'metadata.ownerReferences: Invalid value: v1.OwnerReference{APIVersion:"v1", Kind:"Event", Name:"e", UID:"u", Controller:(*bool)(nil), BlockOwnerDeletion:(*bool)(nil)}: /v1, Kind=Event is disallowed from being an owner',
      ],
    ],
    [
      { managedFields: [{ operation: 'Guess', fieldsType: 'V2', manager: 'x'.repeat(129) }] },
      [
        'metadata.fieldManager: Too long: may not be more than 128 bytes',
        'metadata.managedFields[0].operation: Invalid value: "Guess": must be `Apply` or `Update`',
        'metadata.managedFields[0].fieldsType: Invalid value: "V2": must be `FieldsV1`',
        'metadata.managedFields[0].manager: Too long: may not be more than 128 bytes',
      ],
    ],
    [
      { managedFields: [{ operation: 'Update', manager: 'a\u0007' }] },
      [
        'metadata.fieldManager: Invalid value: "a\\a": invalid character U+0007 (at position 1)',
        'metadata.managedFields[0].manager: Invalid value: "a\\a": invalid character U+0007 (at position 1)',
      ],
    ],
    [{ generation: -1 }, ['metadata.generation: Invalid value: -1: must be greater than or equal to 0']],
  ])('%j', (metadata, expected) => {
    expect(problems({ name: 'a', ...metadata })).toEqual(expected);
  });
});

describe('metadata of an update', () => {
  const live = create(kind, { metadata: { name: 'a', generation: 3 } }).object;

  it('needs a resource version, and keeps what the server set', () => {
    const old = { ...live, metadata: { ...live.metadata, uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' } };
    const body = { metadata: { name: 'a', resourceVersion: '', creationTimestamp: '2020-01-01T00:00:00Z' } };
    const { object, errors } = update(kind, body, old);
    expect(object.metadata).toMatchObject({ uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' });
    expect(texts(errors)).toEqual([]);
  });
});

describe('finalizers without a domain', () => {
  const REFUSED =
    'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified';
  const own = (group: string, version: string, name: string, finalizers: string[]) => {
    const kind = kindOf(group, version, name);
    const metadata = { name: 'a', ...(kind.resource.namespaced ? { namespace: 'default' } : {}), finalizers };
    const told = (errors: Parameters<typeof texts>[0]) => texts(errors).filter((text) => text.includes('finalizer'));
    const created = told(create(kind, { metadata }).errors);
    const before = {
      apiVersion: 'v1',
      kind: name,
      metadata: { ...metadata, finalizers: [], resourceVersion: '1' },
      spec: {},
    };
    const updated = told(update(kind, { ...before, metadata: { ...before.metadata, finalizers } }, before).errors);
    return [created, [...new Set(updated)]];
  };

  it.each([
    ['coordination.k8s.io', 'v1', 'Lease'],
    ['policy', 'v1', 'PodDisruptionBudget'],
    ['', 'v1', 'Event'],
    ['admissionregistration.k8s.io', 'v1', 'MutatingWebhookConfiguration'],
    ['admissionregistration.k8s.io', 'v1', 'ValidatingWebhookConfiguration'],
    ['admissionregistration.k8s.io', 'v1', 'ValidatingAdmissionPolicy'],
    ['admissionregistration.k8s.io', 'v1', 'ValidatingAdmissionPolicyBinding'],
  ])('are taken of %s %s %s', (group, version, name) => {
    expect(own(group, version, name, ['mine'])).toEqual([[], []]);
    expect(own(group, version, name, ['a b'])[0]).toHaveLength(1);
  });

  it('are taken of new CustomResourceDefinitions', () => {
    const { errors } = create(kindOf('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'), {
      metadata: { name: 'a', finalizers: ['mine'] },
    });
    expect(texts(errors).filter((text) => text.includes('finalizer'))).toEqual([]);
  });

  it.each([
    ['', 'v1', 'ConfigMap'],
    ['', 'v1', 'LimitRange'],
    ['', 'v1', 'Pod'],
    ['discovery.k8s.io', 'v1', 'EndpointSlice'],
    ['rbac.authorization.k8s.io', 'v1', 'Role'],
    ['scheduling.k8s.io', 'v1', 'PriorityClass'],
  ])('are refused of %s %s %s', (group, version, name) => {
    expect(own(group, version, name, ['mine'])).toEqual([[REFUSED], [REFUSED]]);
  });
});
