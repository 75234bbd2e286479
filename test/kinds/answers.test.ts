/**
 * Details of what a real API server answers, kind by kind, found by asking both: new objects and updates with the errors they get, and defaults.
 */

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../daemon/base/object.ts';
import type { CertificateSigningRequest } from '../../daemon/kinds/types.generated.ts';
import { create, kindOf, update } from './support/admit.ts';
import { containerBody, texts } from './support/expect.ts';

const metadata = { name: 'a' };
const CORE_EVENT_TIME = '2020-01-01T00:00:00.250000Z';
const encode = (text: string) => Buffer.from(text).toString('base64');

type Kind = readonly [group: string, version: string, name: string];
const LIMIT_RANGE: Kind = ['', 'v1', 'LimitRange'];
const QUOTA: Kind = ['', 'v1', 'ResourceQuota'];
const SECRET: Kind = ['', 'v1', 'Secret'];
const NODE: Kind = ['', 'v1', 'Node'];
const REPLICA_SET: Kind = ['apps', 'v1', 'ReplicaSet'];
const REVISION: Kind = ['apps', 'v1', 'ControllerRevision'];
const JOB: Kind = ['batch', 'v1', 'Job'];
const EVENT: Kind = ['events.k8s.io', 'v1', 'Event'];
const DEFINITION: Kind = ['apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'];
const REQUEST: Kind = ['certificates.k8s.io', 'v1', 'CertificateSigningRequest'];
const POLICY_BINDING: Kind = ['admissionregistration.k8s.io', 'v1', 'ValidatingAdmissionPolicyBinding'];
const FLOW_SCHEMA: Kind = ['flowcontrol.apiserver.k8s.io', 'v1', 'FlowSchema'];
const PRIORITY_LEVEL: Kind = ['flowcontrol.apiserver.k8s.io', 'v1', 'PriorityLevelConfiguration'];
const WEBHOOKS: Kind = ['admissionregistration.k8s.io', 'v1', 'ValidatingWebhookConfiguration'];

describe('amounts', () => {
  it('of a LimitRange are kept in thousandths, as they were written', () => {
    const item = {
      type: 'Container',
      max: { memory: '1.5m' },
      min: { memory: '1n', cpu: '+1' },
      default: { cpu: '1E3' },
    };
    expect(create(kindOf(...LIMIT_RANGE), { metadata, spec: { limits: [item] } }).object).toMatchObject({
      spec: {
        limits: [
          {
            max: { memory: '2m' },
            min: { memory: '1m', cpu: '+1' },
            default: { memory: '2m', cpu: '1E3' },
            defaultRequest: { memory: '2m', cpu: '1E3' },
          },
        ],
      },
    });
  });

  it('of a ResourceQuota too', () => {
    const hard = { cpu: '100u', memory: '12E', 'requests.memory': '99999999999999999999', 'requests.storage': 'm' };
    expect(create(kindOf(...QUOTA), { metadata, spec: { hard } }).object).toMatchObject({
      spec: {
        hard: { cpu: '1m', memory: '12E', 'requests.memory': '99999999999999999999', 'requests.storage': '0' },
      },
    });
  });
});

const dockerSecret = (text: string) => ({
  metadata,
  type: 'kubernetes.io/dockercfg',
  data: { '.dockercfg': encode(text) },
});
const dockerProblem = (why: string) => `data[.dockercfg]: Invalid value: "<secret contents redacted>": ${why}`;

const webhook = (fields: object) => ({
  metadata,
  webhooks: [
    {
      name: 'a.example.com',
      clientConfig: { url: 'https://a.example.com' },
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      ...fields,
    },
  ],
});
const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };

const schema = { openAPIV3Schema: { type: 'object' } };
const version = { name: 'v1', served: true, storage: true, schema };
const definition = (fields: object, names: object = {}) => ({
  metadata: { name: 'things.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList', ...names },
    versions: [version],
    ...fields,
  },
});

const unmatched = (labels: object | undefined) => ({
  metadata,
  spec: {
    selector: { matchLabels: { a: 'b' }, matchExpressions: [] },
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

describe('a new object', () => {
  it.each<[Kind, object, (string | RegExp)[]]>([
    [
      REPLICA_SET,
      unmatched({}),
      [
        'spec.template.metadata.labels: Invalid value: map[string]string{}: `selector` does not match template `labels`',
      ],
    ],
    [
      REPLICA_SET,
      unmatched(undefined),
      [
        'spec.template.metadata.labels: Invalid value: map[string]string(nil): `selector` does not match template `labels`',
      ],
    ],
    [
      REPLICA_SET,
      { ...unmatched({}), spec: { selector: { matchLabels: {} }, template: unmatched({}).spec.template } },
      [
        'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: empty selector is invalid for deployment',
      ],
    ],
    [SECRET, dockerSecret('ab'), [dockerProblem("invalid character 'a' looking for beginning of value")]],
    [SECRET, dockerSecret('{"a"'), [dockerProblem('unexpected end of JSON input')]],
    [
      SECRET,
      dockerSecret('true'),
      [dockerProblem('json: cannot unmarshal bool into Go value of type map[string]interface {}')],
    ],
    [
      WEBHOOKS,
      webhook({ rules: [{ ...rule, apiGroups: ['', '*'], apiVersions: ['v1', '*'] }] }),
      [
        `webhooks[0].rules[0].apiGroups: Invalid value: []string{"", "*"}: if '*' is present, must not specify other API groups`,
        `webhooks[0].rules[0].apiVersions: Invalid value: []string{"v1", "*"}: if '*' is present, must not specify other API versions`,
      ],
    ],
    [
      WEBHOOKS,
      webhook({ sideEffects: '' }),
      ['webhooks[0].sideEffects: Unsupported value: "": supported values: "None", "NoneOnDryRun"'],
    ],
    [
      POLICY_BINDING,
      { metadata, spec: { policyName: 'p', validationActions: ['Deny', 'Warn'] } },
      [
        'spec.validationActions: Invalid value: []admissionregistration.ValidationAction{"Deny", "Warn"}: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ],
    ],
    [
      FLOW_SCHEMA,
      { metadata: { name: 'exempt' }, spec: { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 1 } },
      [
        `spec: Invalid value: flowcontrol.FlowSchemaSpec{PriorityLevelConfiguration:flowcontrol.PriorityLevelConfigurationReference{Name:"exempt"}, MatchingPrecedence:1, DistinguisherMethod:(*flowcontrol.FlowDistinguisherMethod)(nil), Rules:[]flowcontrol.PolicyRulesWithSubjects(nil)}: spec of 'exempt' must equal the fixed value`,
      ],
    ],
    [
      DEFINITION,
      definition({}, { shortNames: [''], categories: [''] }),
      [
        /^spec\.names\.shortNames\[0\]: Invalid value: "": a DNS-1035/,
        /^spec\.names\.categories\[0\]: Invalid value: "": a DNS-1035/,
      ],
    ],
    [
      DEFINITION,
      definition({ versions: [version, version] }),
      [
        /^spec\.versions: .*: must contain unique version names$/,
        /^spec\.versions: .*: must have exactly one version marked as storage version$/,
        /^status\.storedVersions: Invalid value: apiextensions\.CustomResourceDefinitionVersion\{.*: must have the storage version v1$/,
      ],
    ],
    [
      DEFINITION,
      definition({ versions: undefined }),
      [
        'spec.versions: Invalid value: []apiextensions.CustomResourceDefinitionVersion(nil): must have exactly one version marked as storage version',
        'status.storedVersions: Invalid value: []string(nil): must have at least one stored version',
      ],
    ],
  ])('%j %j', (kind, body, expected) => {
    const found = texts(create(kindOf(...kind), body).errors);
    expect(found).toEqual(expected.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))));
  });
});

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const replicaSet = { metadata, spec: { selector: { matchLabels: { a: 'b' } }, template } };
const job = { metadata, spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } };
const event = {
  metadata: { name: 'a', namespace: 'ns' },
  eventTime: CORE_EVENT_TIME,
  regarding: { kind: 'Pod', namespace: 'ns', name: 'x' },
  reportingController: 'example.com/c',
  reportingInstance: 'i',
  action: 'A',
  reason: 'R',
  type: 'Normal',
};
const request = {
  metadata,
  spec: {
    request: encode('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'),
    signerName: 'example.com/s',
    usages: ['client auth'],
  },
};
const BAD_PREFIX = { metadata: { name: 'a', generateName: 'A' } };
const badPrefix = /^metadata\.generateName: Invalid value: "A": a lowercase RFC 1123 subdomain/;

describe('an update', () => {
  it.each<[Kind, object, object, (string | RegExp)[]]>([
    [REPLICA_SET, replicaSet, BAD_PREFIX, [badPrefix]],
    [
      QUOTA,
      { metadata, spec: { hard: { pods: '1' }, scopes: ['BestEffort'] } },
      { spec: { hard: { pods: '1' }, scopes: [] } },
      ['spec.scopes: Invalid value: []core.ResourceQuotaScope{}: field is immutable'],
    ],
    [JOB, job, BAD_PREFIX, [badPrefix]],
    [FLOW_SCHEMA, { metadata, spec: { priorityLevelConfiguration: { name: 'x' } } }, BAD_PREFIX, [badPrefix]],
    [
      PRIORITY_LEVEL,
      { metadata, spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } },
      BAD_PREFIX,
      [badPrefix],
    ],
    [
      NODE,
      { metadata },
      { spec: { externalID: 'x' } },
      ['[]: Forbidden: node updates may only change labels, taints, or capacity'],
    ],
    [
      REVISION,
      { metadata, revision: 1, data: { a: 1 } },
      { data: null },
      ['data: Required value: data is mandatory', 'data: Invalid value: "null": field is immutable'],
    ],
    [
      EVENT,
      event,
      {
        regarding: { kind: 'Pod', namespace: 'ns', name: 'y' },
        related: { kind: 'Pod' },
        deprecatedSource: { host: 'h' },
      },
      [
        'involvedObject: Invalid value: core.ObjectReference{Kind:"Pod", Namespace:"ns", Name:"y", UID:"", APIVersion:"", ResourceVersion:"", FieldPath:""}: field is immutable',
        'source: Invalid value: core.EventSource{Component:"", Host:"h"}: field is immutable',
        'related: Invalid value: core.ObjectReference{Kind:"Pod", Namespace:"", Name:"", UID:"", APIVersion:"", ResourceVersion:"", FieldPath:""}: field is immutable',
      ],
    ],
    [
      EVENT,
      event,
      { eventTime: null },
      ['eventTime: Invalid value: 0001-01-01 00:00:00 +0000 UTC: field is immutable'],
    ],
    [
      EVENT,
      { ...event, eventTime: '2020-01-01T00:00:00.000000Z' },
      { eventTime: CORE_EVENT_TIME },
      ['eventTime: Invalid value: 2020-01-01 00:00:00.25 +0000 UTC: field is immutable'],
    ],
    [
      ['', 'v1', 'ConfigMap'],
      { metadata: { name: 'a', deletionTimestamp: '2020-01-01T00:00:00Z', finalizers: ['a.b/c'] } },
      { metadata: { name: 'a', deletionTimestamp: '2020-01-01T00:00:00Z', finalizers: ['a.b/c', 'a.b/\u0001'] } },
      [
        /^metadata\.finalizers: Invalid value: "a\.b\/\\x01": name part must consist/,
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/\\x01"}',
      ],
    ],
  ])('%j %j %j', (kind, body, change, expected) => {
    const { object: old } = create(kindOf(...kind), {
      ...body,
      metadata: { uid: 'a-uid', ...(body as KubeObject).metadata },
    });
    const changed = { ...old, ...change, metadata: { ...old.metadata, ...(change as KubeObject).metadata } };
    const found = [...new Set(texts(update(kindOf(...kind), changed, old).errors))];
    expect(found).toEqual(expected.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))));
  });
});

describe('an update of a status', () => {
  it.each<[Kind, object, object, string[]]>([
    [
      REPLICA_SET,
      replicaSet,
      { status: { replicas: 1, readyReplicas: -1 } },
      [
        'status.readyReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.availableReplicas: Invalid value: 0: cannot be greater than readyReplicas',
      ],
    ],
    [
      ['', 'v1', 'Pod'],
      containerBody({}),
      { status: { podIP: 'x', podIPs: [{ ip: 'x' }, { ip: 'x' }] } },
      [
        'status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        'status.podIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        'status.podIPs: Internal error: failed to check for dual stack with error:ip <nil> is invalid',
        'status.podIPs: Invalid value: []core.PodIP{core.PodIP{IP:"x"}, core.PodIP{IP:"x"}}: may specify no more than one IP for each IP family',
        'status.podIPs[1]: Duplicate value: core.PodIP{IP:"x"}',
      ],
    ],
    [
      REQUEST,
      request,
      { metadata: { name: 'a', finalizers: ['x'] }, status: { certificate: encode('x') } },
      [
        'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
        'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
      ],
    ],
    [
      REQUEST,
      request,
      { status: { certificate: encode('-----BEGIN X-----\nAAAA\n-----END X-----\n') } },
      ['status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "X"'],
    ],
  ])('%j %j %j', (kind, body, change, expected) => {
    const { object: old } = create(kindOf(...kind), {
      ...body,
      metadata: { uid: 'a-uid', ...(body as KubeObject).metadata },
    });
    const changed = { ...old, ...change, metadata: { ...old.metadata, ...(change as KubeObject).metadata } };
    expect([...new Set(texts(update(kindOf(...kind), changed, old, 'status').errors))]).toEqual(expected);
  });
});

describe('conditions of a CertificateSigningRequest', () => {
  const kind = kindOf(...REQUEST);
  const { object: blank } = create(kind, { ...request, metadata: { name: 'a', uid: 'a-uid' } });
  const approved = { type: 'Approved', status: 'True', reason: 'first' };
  const old = {
    ...blank,
    metadata: { ...blank.metadata, resourceVersion: '1' },
    status: { conditions: [approved] },
  } as KubeObject;
  const refused = (conditions: object[], subresource: 'approval' | 'status') => {
    const changed = { ...old, status: { conditions } } as CertificateSigningRequest;
    const validateOf = { approval: kind.partialUpdates?.['approval']?.validate, status: kind.validateStatusUpdate };
    return texts(validateOf[subresource]?.(changed, old) ?? []);
  };

  it('are mended where they are made', () => {
    expect(refused([{ ...approved, reason: 'second' }], 'approval')).toEqual([]);
    expect(refused([approved, { type: 'Failed', status: 'True' }], 'approval')).toEqual([]);
  });

  it('never go', () => {
    const expected = ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"'];
    expect(refused([{ type: 'Failed', status: 'True' }], 'approval')).toEqual(expected);
    expect(refused([], 'status')).toEqual(expected);
  });

  it('stay as they are in a status', () => {
    expect(refused([{ ...approved, reason: 'second' }], 'status')).toEqual([
      'status.conditions: Forbidden: updates may not modify a condition of type "Approved"',
    ]);
    expect(refused([approved, { type: 'Failed', status: 'True' }], 'status')).toEqual([]);
  });
});

it('finalizers of a Namespace have names that are known or fully qualified', () => {
  const kind = kindOf('', 'v1', 'Namespace');
  const { object: old } = create(kind, { metadata: { ...metadata, resourceVersion: '1' } });
  const changed = { ...old, spec: { finalizers: ['kubernetes', 'foo', 'a.b/c'] } } as KubeObject;
  expect(texts(kind.partialUpdates?.['finalize']?.validate(changed, old) ?? [])).toEqual([
    'spec.finalizers[1]: Invalid value: "foo": name is neither a standard finalizer name nor is it fully qualified',
  ]);
});

it('a definition that is stored in no version is stored in its storage version', () => {
  const kind = kindOf(...DEFINITION);
  const { object: old } = create(kind, definition({}));
  const { object, errors } = update(kind, { ...old, status: { storedVersions: [] } }, old, 'status');
  expect(errors).toEqual([]);
  expect(object).toMatchObject({ status: { storedVersions: ['v1'] } });
});

describe('the image of a container', () => {
  it.each([
    ['a'.repeat(247), 'Always'],
    ['a'.repeat(248), 'IfNotPresent'],
    [`example.com/${'a'.repeat(255)}`, 'Always'],
    [`example.com/${'a'.repeat(256)}:latest`, 'IfNotPresent'],
  ])('%s', (image, imagePullPolicy) => {
    const { object } = create(kindOf('', 'v1', 'Pod'), containerBody({ image }));
    expect(object).toMatchObject({ spec: { containers: [{ imagePullPolicy }] } });
  });
});
