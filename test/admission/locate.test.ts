/** Wrong types are told with their place and with what would fit. */

import { describe, expect, it } from 'vitest';
import { admitManifest } from '../../daemon/admission/admit-manifest.ts';
import type { JsonObject } from '../../daemon/base/object.ts';
import { ADMIN, createEnvironment } from './support.ts';

const pod = (spec: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });
const container = (rest: JsonObject = {}) => ({ name: 'c', image: 'i', ...rest });
const problemOf = (object: JsonObject) => {
  const { problems, error } = admitManifest(createEnvironment(), {
    object,
    live: undefined,
    user: ADMIN,
    manager: 'm',
  });
  expect(error?.code).toBe(400);
  expect(problems).toHaveLength(1);
  const { fieldPath, expected } = problems[0]!;
  return [fieldPath, expected];
};

describe('the place of a wrong type', () => {
  it.each<[string, JsonObject, string, string]>([
    [
      'a word for a port',
      pod({ containers: [container(), container({ ports: [{ containerPort: 'http' }] })] }),
      'spec.containers[1].ports[0].containerPort',
      'a whole number',
    ],
    [
      'a fraction',
      pod({ containers: [container()], terminationGracePeriodSeconds: 1.5 }),
      'spec.terminationGracePeriodSeconds',
      'a whole number',
    ],
    ['one for a list', pod({ containers: container() }), 'spec.containers', 'a list'],
    [
      'a list for a mapping',
      pod({ containers: [container({ resources: [] })] }),
      'spec.containers[0].resources',
      'a mapping',
    ],
    [
      'a number for a string',
      pod({ containers: [container({ env: [{ name: 'A', value: 5 }] })] }),
      'spec.containers[0].env[0].value',
      'a string',
    ],
    ['a word for a flag', pod({ containers: [container()], hostNetwork: 'yes' }), 'spec.hostNetwork', 'true or false'],
    [
      'a bad quantity',
      pod({ containers: [container({ resources: { limits: { cpu: 'many' } } })] }),
      'spec.containers[0].resources.limits[cpu]',
      'a quantity such as 500m, 2 or 1Gi',
    ],
    [
      'a label that is a number',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { version: 1 } } },
      'metadata.labels[version]',
      'a string',
    ],
    [
      'bytes that are none',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: { k: '!' } },
      'data[k]',
      'bytes in base64',
    ],
    [
      'a whole part that is missing its form',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: 'text' },
      'data',
      'a mapping',
    ],
  ])('of %s', (_what, object, fieldPath, expected) => {
    expect(problemOf(object)).toEqual([fieldPath, expected]);
  });
});
