/** Verbs with what no honest client sends: refused as a client's mistake, never as the server's, and nothing stored is damaged. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createObject } from '../../../daemon/api/rest/create.ts';
import { deleteObject } from '../../../daemon/api/rest/delete.ts';
import { listObjects } from '../../../daemon/api/rest/list.ts';
import { patchObject } from '../../../daemon/api/rest/patch.ts';
import type { PatchType } from '../../../daemon/api/rest/requests.ts';
import { callSubresource } from '../../../daemon/api/rest/subresources.ts';
import { updateObject } from '../../../daemon/api/rest/update.ts';
import { deepEqual } from '../../../daemon/base/json.ts';
import { StatusError } from '../../../daemon/base/status.ts';
import { CONFIG_MAPS, DEPLOYMENTS, PODS, SERVICE_ACCOUNTS } from '../../../daemon/kinds/resources.ts';
import type { Deployment } from '../../../daemon/kinds/types.generated.ts';
import { createRest, type Rest } from './support.ts';

const RUNS = 400;
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, [], {}, '', [null], { metadata: null }, { metadata: [] }, { metadata: { name: 5 } }),
);
/** Patches that hit real fields with wrong things. */
const fields = [
  'metadata',
  'spec',
  'status',
  'labels',
  'name',
  'finalizers',
  'template',
  'containers',
  'image',
  'replicas',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
  'managedFields',
  'ownerReferences',
];
const wrongObject: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(json, fc.constantFrom('delete', 'replace', 'c')),
    fc.dictionary(fc.constantFrom(...fields), tie('node'), { maxKeys: 3 }),
    fc.array(tie('node'), { maxLength: 2 }),
  ),
})).node;
const pointer = fc
  .array(fc.constantFrom(...fields, '0', '-', '~0', '~1x', ''), { maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`);
const operations = fc.array(
  fc.record(
    {
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'frob'),
      path: pointer,
      from: pointer,
      value: wrongObject,
    },
    { requiredKeys: ['op'] },
  ),
  { maxLength: 3 },
);

/** The call may be refused, but only as the caller's mistake. `500` without a reason is how upstream answers a configuration of a wrong type. */
async function survives(call: () => Promise<unknown> | unknown): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.reason === 'InternalError') throw new Error(`internal error: ${error.message}`, { cause: error });
  }
}

const deployment = (name: string) =>
  ({
    metadata: { name, labels: { a: 'b' } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  }) as Deployment;

async function setUp(): Promise<Rest> {
  const rest = await createRest();
  await rest.create(DEPLOYMENTS, deployment('d'));
  await rest.create(CONFIG_MAPS, { metadata: { name: 'a' }, data: { k: 'v' } });
  await rest.create(PODS, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  return rest;
}

/** What is stored still is what its bytes say, and is frozen. */
function checkStored(rest: Rest): void {
  for (const { value, json: bytes } of rest.store.range('/registry/').entries) {
    expect(Object.isFrozen(value)).toBe(true);
    expect(deepEqual(JSON.parse(bytes.toString('utf8')), value)).toBe(true);
    expect(typeof value.metadata?.name).toBe('string');
    expect(value.metadata?.uid).toBeTruthy();
  }
}

describe('hostile requests', () => {
  it('as patches of every type, on the object and its status', { timeout: 60_000 }, async () => {
    const rest = await setUp();
    const types = fc.constantFrom<PatchType>('json', 'merge', 'strategic', 'apply');
    const named = wrongObject.map((value) => ({ apiVersion: 'apps/v1', kind: 'Deployment', ...(value as object) }));
    await fc.assert(
      fc.asyncProperty(
        types,
        fc.oneof(wrongObject, operations, named),
        fc.constantFrom('', 'status'),
        async (type, patch, subresource) => {
          const parameters = { type, subresource, ...(type === 'apply' ? { fieldManager: 'm', force: true } : {}) };
          await survives(() => patchObject(rest.context, rest.target(DEPLOYMENTS, 'd'), patch as never, parameters));
        },
      ),
      { seed: 5, numRuns: RUNS },
    );
    checkStored(rest);
  });

  it('as bodies of creates, updates and subresources', { timeout: 60_000 }, async () => {
    const rest = await setUp();
    await fc.assert(
      fc.asyncProperty(wrongObject, async (body) => {
        const own = () => structuredClone(body) as never;
        await survives(() => createObject(rest.context, rest.scope(DEPLOYMENTS), own()));
        await survives(() => updateObject(rest.context, rest.target(CONFIG_MAPS, 'a'), own()));
        for (const [resource, path, verb] of [
          [DEPLOYMENTS, 'd/scale', 'update'],
          [DEPLOYMENTS, 'd/scale', 'patch'],
          [PODS, 'p/binding', 'create'],
          [PODS, 'p/eviction', 'create'],
          [SERVICE_ACCOUNTS, 'default/token', 'create'],
        ] as const) {
          const [name = '', subresource = ''] = path.split('/');
          await survives(() =>
            callSubresource(rest.context, rest.target(resource, name), subresource, verb, own(), {}),
          );
        }
      }),
      { seed: 6, numRuns: RUNS / 2 },
    );
    checkStored(rest);
  });

  it('as selectors, tokens and revisions', { timeout: 60_000 }, async () => {
    const rest = await setUp();
    const text = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.string({ unit: fc.constantFrom('a', '=', '!', ',', '(', ')', ' ', 'in', '\\', '.', '<'), maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        text,
        fc.integer({ min: -3, max: 3 }),
        async (labelSelector, fieldSelector, word, limit) => {
          const scope = rest.scope(CONFIG_MAPS);
          await survives(() => listObjects(rest.context, scope, { labelSelector, fieldSelector, limit }));
          await survives(() => listObjects(rest.context, scope, { continue: word, limit }));
          await survives(() =>
            listObjects(rest.context, scope, { resourceVersion: word, resourceVersionMatch: labelSelector }),
          );
          await survives(() => rest.watch(CONFIG_MAPS, { labelSelector, resourceVersion: word }).stop());
          await survives(() =>
            deleteObject(rest.context, rest.target(CONFIG_MAPS, 'gone'), {
              propagationPolicy: word,
              gracePeriodSeconds: limit,
            }),
          );
        },
      ),
      { seed: 7, numRuns: RUNS },
    );
  });

  it('as a polluted prototype', async () => {
    const rest = await setUp();
    const body = JSON.parse(
      '{"metadata":{"name":"x","labels":{"__proto__":"y"}},"__proto__":{"polluted":1},"data":{"__proto__":"z"}}',
    );
    await survives(() => createObject(rest.context, rest.scope(CONFIG_MAPS), body));
    const patch = JSON.parse(
      '{"__proto__":{"polluted":1},"metadata":{"__proto__":{"polluted":1}},"data":{"__proto__":"z"}}',
    );
    for (const type of ['merge', 'strategic'] as const)
      await survives(() => patchObject(rest.context, rest.target(CONFIG_MAPS, 'a'), patch, { type }));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(rest.store.get('/registry/core/configmaps/default/a')!.value)).toBe(Object.prototype);
  });
});
