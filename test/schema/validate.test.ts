/** The structural check at its edge: what a decoded object becomes, and what the API server's decoder would say of it. */

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../daemon/base/object.ts';
import { loadSchemas } from '../../daemon/schema/load.ts';
import { checkStructure, createStructuralChecker } from '../../daemon/schema/validate.ts';

const schemas = loadSchemas();
const checker = createStructuralChecker(schemas);

const check = (group: string, version: string, kind: string, object: JsonObject) =>
  checker.check(object, schemas.ofKind(group, version, kind)!);
const checkPod = (spec: JsonObject) => check('', 'v1', 'Pod', { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec });
const checkConfigMap = (rest: JsonObject) => check('', 'v1', 'ConfigMap', { metadata: { name: 'a' }, ...rest });

describe('type errors are worded as the decoder words them', () => {
  test.each<[JsonObject, string]>([
    [{ hostNetwork: 'x' }, 'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool'],
    [
      { containers: {} },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      { containers: ['x'] },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container',
    ],
    [
      { containers: [{ name: 'c', args: [1] }] },
      'json: cannot unmarshal number into Go struct field Container.spec.containers.args of type string',
    ],
    [
      { containers: [{ name: 'c', imagePullPolicy: 1 }] },
      'json: cannot unmarshal number into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy',
    ],
    [
      { containers: [{ name: 'c', ports: [{ containerPort: 1.5 }] }] },
      'json: cannot unmarshal number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      { containers: [{ name: 'c', ports: [{ containerPort: 4294967296 }] }] },
      'json: cannot unmarshal number 4294967296 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      { containers: [{ name: 'c', livenessProbe: { httpGet: { port: true } } }] },
      'json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32',
    ],
    [
      { terminationGracePeriodSeconds: '3' },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64',
    ],
    [
      { nodeSelector: { a: 1 } },
      'json: cannot unmarshal number into Go struct field PodSpec.spec.nodeSelector of type string',
    ],
    [
      { containers: [{ name: 'c', resources: { limits: [] } }] },
      'json: cannot unmarshal array into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList',
    ],
    [
      { containers: [{ name: 'c', resources: { limits: { cpu: 'half' } } }] },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [{ containers: [{ name: 'c', resources: { limits: { cpu: '1kk' } } }] }, "unable to parse quantity's suffix"],
  ])('%j', (spec, message) => {
    expect(checkPod(spec).error).toBe(message);
  });

  test('at the object itself', () => {
    const { error } = check('', 'v1', 'Pod', { spec: 'x' });
    expect(error).toBe('json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec');
  });

  test('of several, the first in the document, but a quantity that cannot be read comes before all', () => {
    const hostNetwork = 'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool';
    expect(checkPod({ hostNetwork: 'x', containers: 1 }).error).toBe(hostNetwork);
    expect(checkPod({ containers: [{ name: 'c', tty: 1 }], hostNetwork: 'x' }).error).toContain(
      'Container.spec.containers.tty',
    );
    const limits = { limits: { cpu: 'x' } };
    expect(checkPod({ hostNetwork: 'x', containers: [{ name: 'c', resources: limits }] }).error).toContain(
      'quantities must',
    );
  });

  test('bytes and times', () => {
    expect(checkConfigMap({ binaryData: { a: '*' } }).error).toBe('illegal base64 data at input byte 0');
    expect(checkConfigMap({ data: 'x' }).error).toBe(
      'json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
    );
    const lease = check('coordination.k8s.io', 'v1', 'Lease', { spec: { renewTime: 'yesterday' } });
    expect(lease.error).toBe(
      'parsing time "yesterday" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "yesterday" as "2006"',
    );
  });
});

describe('what is kept', () => {
  test('unknown fields are pruned and listed with their paths', () => {
    const { object, unknownFields } = checkPod({
      foo: 1,
      containers: [{ name: 'c', imagePullpolicy: 'Always', env: [{ name: 'A' }, { name: 'B', bogus: {} }] }],
    });
    expect(unknownFields).toEqual([
      'spec.foo',
      'spec.containers[0].imagePullpolicy',
      'spec.containers[0].env[1].bogus',
    ]);
    expect(object['spec']).toEqual({
      containers: [{ name: 'c', env: [{ name: 'A' }, { name: 'B' }], resources: {} }],
    });
  });

  test('null is absence, and a zero where the field has no pointer', () => {
    const { object, error } = checkPod({
      nodeName: null,
      hostNetwork: false,
      terminationGracePeriodSeconds: 0,
      nodeSelector: {},
      containers: [{ name: 'c', args: [null, 'x'], command: [], env: [{ name: 'A', value: '' }], image: null }],
      volumes: [{ name: 'v', emptyDir: {} }],
    });
    expect(error).toBeUndefined();
    expect(object['spec']).toEqual({
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'c', args: ['', 'x'], env: [{ name: 'A' }], resources: {} }],
      volumes: [{ name: 'v', emptyDir: {} }],
    });
  });

  test('a null value of a map is its zero', () => {
    expect(checkConfigMap({ data: { a: null, b: 'x' } }).object['data']).toEqual({ a: '', b: 'x' });
  });

  test('quantities, times and bytes become canonical', () => {
    const pod = checkPod({ containers: [{ name: 'c', resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }] });
    expect(pod.object['spec']).toMatchObject({
      containers: [{ resources: { limits: { cpu: '500m', memory: '1Gi' } } }],
    });
    const meta = checkConfigMap({ metadata: { name: 'a', creationTimestamp: '2024-03-01T01:30:00.25+02:00' } });
    expect(meta.object['metadata']).toMatchObject({ creationTimestamp: '2024-02-29T23:30:00Z' });
    const secret = check('', 'v1', 'Secret', { data: { a: 'aGVs\nbG8=' } });
    expect(secret.object['data']).toEqual({ a: 'aGVsbG8=' });
  });

  test('raw JSON and the keys of maps stay as they are', () => {
    const revision = check('apps', 'v1', 'ControllerRevision', {
      data: { any: { zero: 0, nothing: null } },
      revision: 1,
    });
    expect(revision.object['data']).toEqual({ any: { zero: 0, nothing: null } });
    const text = '{"metadata":{"annotations":{"__proto__":"a","constructor":"b"}}}';
    const { object } = checkConfigMap(JSON.parse(text) as JsonObject);
    expect(JSON.stringify(object['metadata'])).toBe('{"annotations":{"__proto__":"a","constructor":"b"}}');
  });

  test('__proto__ as a field is unknown and does nothing', () => {
    const { object, unknownFields } = checkConfigMap(JSON.parse('{"__proto__":{"polluted":true}}') as JsonObject);
    expect(unknownFields).toEqual(['__proto__']);
    expect((object as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('checking again changes nothing', () => {
    const first = checkPod({
      containers: [{ name: 'c', env: [{ name: 'A', value: '' }], ports: [{ containerPort: 0 }] }],
    });
    const text = JSON.stringify(first.object);
    expect(JSON.stringify(checker.check(first.object, schemas.named('core/v1/Pod')).object)).toBe(text);
  });
});

describe('fieldValidation', () => {
  const request = (fieldValidation: 'Strict' | 'Warn' | 'Ignore', object: JsonObject, duplicateFields?: string[]) =>
    checkStructure(checker, {
      object,
      schema: schemas.named('apps/v1/Deployment'),
      version: 'v1',
      kind: 'Deployment',
      fieldValidation,
      text: { duplicateFields },
    });

  test('Strict refuses, Warn warns, Ignore does neither', () => {
    const object = () => ({ spec: { foo: 1 }, bar: 2 });
    expect(() => request('Strict', object(), ['spec.replicas'])).toThrow(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: duplicate field "spec.replicas", unknown field "spec.foo", unknown field "bar"',
    );
    expect(request('Warn', object()).warnings).toEqual(['unknown field "spec.foo"', 'unknown field "bar"']);
    expect(request('Ignore', object()).warnings).toEqual([]);
  });

  test('a type error is a bad request, whatever the field validation', () => {
    expect(() => request('Ignore', { spec: { replicas: 'two' } })).toThrow(
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
  });
});
