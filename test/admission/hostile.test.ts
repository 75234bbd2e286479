/** Whatever a client or a manifest says, admission answers; it never breaks. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admitManifest } from '../../daemon/admission/admit-manifest.ts';
import { admitObject } from '../../daemon/admission/admit-object.ts';
import { cloneJson } from '../../daemon/base/json.ts';
import type { JsonObject } from '../../daemon/base/object.ts';
import { parseApiVersion } from '../../daemon/kinds/resource.ts';
import { measured } from '../support/processor-time.ts';
import { ADMIN, createEnvironment, registry } from './support.ts';

const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    initContainers: [{ name: 'i', image: 'i', command: ['a'] }],
    containers: [
      {
        name: 'c',
        image: 'i:1',
        env: [
          { name: 'A', value: 'b' },
          { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
        ports: [{ containerPort: 80, name: 'http' }],
        resources: { requests: { cpu: '1' }, limits: { cpu: '2' } },
        livenessProbe: { httpGet: { path: '/', port: 'http' } },
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
        securityContext: { capabilities: { add: ['NET_ADMIN'] } },
      },
    ],
    volumes: [{ name: 'v', configMap: { name: 'x', items: [{ key: 'k', path: 'p' }] } }],
    tolerations: [{ key: 'k', operator: 'Exists' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'k', operator: 'In', values: ['v'] }] }],
        },
      },
    },
  },
};
const samples: JsonObject[] = [
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels: { a: 'b' } }, spec: template.spec },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', annotations: { a: 'b' }, finalizers: ['x.y/z'] },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'app', operator: 'Exists' }] },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '10%' } },
      template,
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] },
    spec: {
      type: 'NodePort',
      selector: { a: 'b' },
      ports: [{ port: 80, targetPort: 'http', nodePort: 30_080 }],
      clusterIP: '10.96.0.5',
    },
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: 'b' }, binaryData: { c: 'eA==' } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'e' }, type: 'Opaque', stringData: { a: 'b' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' }, spec: { finalizers: ['kubernetes'] } },
];

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    [],
    {},
    [null],
    [[]],
    { a: null },
    '',
    ' ',
    -1,
    0,
    1.5,
    1e300,
    true,
    '0',
    '__proto__',
    '\u0000',
    '☃',
    'a'.repeat(300),
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
/** Which place is broken (a walk of choices through the object) and by what. */
const damage = fc.array(fc.tuple(fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 10 }), odd), {
  minLength: 1,
  maxLength: 3,
});

function breakAt(value: unknown, [turn = 0, ...rest]: readonly number[], by: unknown): unknown {
  if (typeof value !== 'object' || value === null) return by;
  const keys = Object.keys(value);
  const key = keys[turn % (keys.length + 1)];
  if (key === undefined || rest.length === 0) {
    if (Array.isArray(value)) return [...value, by];
    return { ...value, [key ?? 'extra']: by };
  }
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
  (copy as Record<string, unknown>)[key] = breakAt((value as Record<string, unknown>)[key], rest, by);
  return copy;
}

/** Only what stands outside apiVersion and kind: those choose the rules. */
function broken(sample: JsonObject, changes: readonly (readonly [readonly number[], unknown])[]): JsonObject {
  let object = sample;
  for (const [walk, by] of changes) object = breakAt(object, walk, by) as JsonObject;
  return { ...cloneJson(object), apiVersion: sample.apiVersion, kind: sample.kind };
}

describe('admission', () => {
  it('answers every broken object with a client’s error or takes it, as a create and as an update', () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), damage, (sample, changes) => {
        const { group, version } = parseApiVersion(sample.apiVersion as string);
        const kind = registry.byKind(group, version, sample.kind as string)!;
        const environment = createEnvironment();
        const common = {
          kind,
          subresource: '',
          user: ADMIN,
          namespace: kind.resource.namespaced ? 'default' : undefined,
          name: undefined,
          fieldValidation: 'Ignore' as const,
        };
        const first = admitObject(environment, { ...common, operation: 'create', object: broken(sample, changes) });
        expect(first.error?.status ?? {}).not.toMatchObject({ reason: 'InternalError' });
        expect(first.error === undefined).toBe(first.problems.length === 0);
        const live = admitObject(createEnvironment(), {
          ...common,
          operation: 'create',
          object: cloneJson(sample),
        }).object;
        live.metadata!.resourceVersion = '7';
        for (const subresource of ['', 'status']) {
          const object = broken(sample, changes);
          if (typeof object.metadata === 'object' && object.metadata && !Array.isArray(object.metadata))
            (object.metadata as JsonObject).resourceVersion = '7';
          const second = admitObject(environment, { ...common, operation: 'update', subresource, old: live, object });
          expect(second.error?.status ?? {}).not.toMatchObject({ reason: 'InternalError' });
        }
      }),
      { seed: 42, numRuns: 1_000 },
    );
  });

  it('answers every broken manifest, and names a place', () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), damage, (sample, changes) => {
        const object = broken(sample, changes);
        const result = admitManifest(createEnvironment(), {
          object,
          live: undefined,
          user: ADMIN,
          manager: 'reflet-git',
        });
        expect(result.error?.status ?? {}).not.toMatchObject({ reason: 'InternalError' });
        for (const problem of result.problems) expect(typeof problem.fieldPath).toBe('string');
      }),
      { seed: 43, numRuns: 1_000 },
    );
  });

  it('answers at once, and briefly, whatever the number of mistakes', () => {
    const many = (make: (index: number) => [string, unknown]) =>
      Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => make(index)));
    const bodies: JsonObject[] = [
      { ...many((index) => [`unknown${index}`, 1]), apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: many((index) => [`bad ${index}`, '!']) } },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: 'a',
          ownerReferences: Array.from({ length: 30_000 }, (_, index) => ({
            apiVersion: 'v1',
            kind: 'Pod',
            name: `p${index}`,
            uid: 'u',
          })),
        },
      },
    ];
    for (const object of bodies) {
      const { result, processorMs } = measured(() =>
        admitManifest(createEnvironment(), { object, live: undefined, user: ADMIN, manager: 'reflet-git' }),
      );
      // Some 200 ms; quadratic work would take minutes.
      expect(processorMs).toBeLessThan(3_000);
      expect(result.problems.length).toBeLessThanOrEqual(500);
      expect((result.error?.message ?? '').length).toBeLessThan(200_000);
    }
  });
});
