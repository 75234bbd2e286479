/** GET and LIST: snapshots, pages, selectors, revisions. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deleteObject } from '../../../daemon/api/rest/delete.ts';
import { getObject } from '../../../daemon/api/rest/get.ts';
import { listObjects } from '../../../daemon/api/rest/list.ts';
import type { ListParameters } from '../../../daemon/api/rest/requests.ts';
import { CONFIG_MAPS, NAMESPACES, PODS, SECRETS } from '../../../daemon/kinds/resources.ts';
import { createRest, type Rest, refusalOf } from './support.ts';

const names = (page: ReturnType<typeof listObjects>) => page.entries.map(({ value }) => value.metadata?.name);
const list = (rest: Rest, parameters?: ListParameters, namespace: string | undefined = 'default') =>
  listObjects(rest.context, { ...rest.scope(CONFIG_MAPS), namespace }, parameters);

async function filled(count: number): Promise<Rest> {
  const rest = await createRest();
  for (let index = 0; index < count; index++)
    await rest.create(CONFIG_MAPS, {
      metadata: { name: `c${String(index).padStart(2, '0')}`, labels: { parity: index % 2 ? 'odd' : 'even' } },
    });
  return rest;
}

describe('get', () => {
  it('gives the stored entry itself, with its bytes', async () => {
    const rest = await filled(1);
    const entry = getObject(rest.context, rest.target(CONFIG_MAPS, 'c00'));
    expect(entry).toBe(rest.store.get('/registry/core/configmaps/default/c00'));
    expect(entry.json.toString()).toMatch(/^\{"apiVersion":"v1","kind":"ConfigMap","metadata":/);
  });

  it('says when a revision lies in the future or is none', async () => {
    const rest = await filled(1);
    const target = rest.target(CONFIG_MAPS, 'c00');
    const far = await refusalOf(() => getObject(rest.context, target, { resourceVersion: '99999' }));
    expect(far).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: `Timeout: Too large resource version: 99999, current: ${rest.store.revision}`,
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
    });
    const bad = await refusalOf(() => getObject(rest.context, target, { resourceVersion: 'x' }));
    expect(bad).toMatchObject({ code: 500, message: expect.stringContaining('invalid syntax') });
    expect(getObject(rest.context, target, { resourceVersion: '0' }).value.metadata?.name).toBe('c00');
  });
});

describe('list', () => {
  it('lists one namespace or all, in key order, at one revision', async () => {
    const rest = await filled(3);
    await rest.create(NAMESPACES, { metadata: { name: 'a-first' } });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'z', namespace: 'a-first' } });
    expect(names(list(rest))).toEqual(['c00', 'c01', 'c02']);
    const all = listObjects(rest.context, { ...rest.scope(CONFIG_MAPS), namespace: undefined });
    expect(names(all)).toEqual(['z', 'c00', 'c01', 'c02']);
    expect(all.metadata).toEqual({ resourceVersion: String(rest.store.revision) });
  });

  it('selects by labels and fields', async () => {
    const rest = await filled(4);
    expect(names(list(rest, { labelSelector: 'parity=odd' }))).toEqual(['c01', 'c03']);
    expect(names(list(rest, { labelSelector: 'parity notin (odd),!x' }))).toEqual(['c00', 'c02']);
    expect(names(list(rest, { fieldSelector: 'metadata.name=c02' }))).toEqual(['c02']);
    expect(names(list(rest, { fieldSelector: 'metadata.name!=c02', labelSelector: 'parity=even' }))).toEqual(['c00']);
    expect(names(list(rest, { fieldSelector: 'metadata.name=c02', labelSelector: 'parity=odd' }))).toEqual([]);
    await rest.create(SECRETS, {
      metadata: { name: 's' },
      type: 'kubernetes.io/basic-auth',
      stringData: { username: 'u' },
    });
    const secrets = listObjects(rest.context, rest.scope(SECRETS), { fieldSelector: 'type=kubernetes.io/basic-auth' });
    expect(names(secrets)).toEqual(['s']);
  });

  it('refuses selectors that it cannot read', async () => {
    const rest = await createRest();
    expect(await refusalOf(() => list(rest, { labelSelector: 'a in' }))).toMatchObject({ code: 400 });
    expect((await refusalOf(() => list(rest, { fieldSelector: 'data.x=1' }))).message).toBe(
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
    const pods = () => listObjects(rest.context, rest.scope(PODS), { fieldSelector: 'spec.nope=1' });
    expect((await refusalOf(pods)).message).toBe('field label not supported: spec.nope');
  });

  it('pages through one snapshot, whatever is written meanwhile', async () => {
    const rest = await filled(5);
    // Any state will do: that is given whole, as by upstream's watch cache.
    expect(names(list(rest, { limit: 2, resourceVersion: '0' }))).toHaveLength(5);
    const first = list(rest, { limit: 2 });
    expect(names(first)).toEqual(['c00', 'c01']);
    expect(first.metadata.remainingItemCount).toBe(3);
    await deleteObject(rest.context, rest.target(CONFIG_MAPS, 'c03'));
    await rest.create(CONFIG_MAPS, { metadata: { name: 'c025' } });
    const second = list(rest, { limit: 2, continue: first.metadata.continue });
    expect(names(second)).toEqual(['c02', 'c03']);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(names(list(rest, { limit: -1 }))).toHaveLength(5);
    const third = list(rest, { limit: 2, continue: second.metadata.continue });
    expect(names(third)).toEqual(['c04']);
    expect(third.metadata.continue).toBeUndefined();
  });

  it('gives, page by page, what it gives at once (any selector, any limit)', async () => {
    const rest = await filled(17);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('', 'parity=odd', 'parity=none'),
        (limit, labelSelector) => {
          const found: unknown[] = [];
          let token: string | undefined;
          do {
            const page = list(rest, { limit, labelSelector, continue: token });
            expect(page.entries.length).toBeLessThanOrEqual(limit);
            found.push(...names(page));
            token = page.metadata.continue;
          } while (token);
          expect(found).toEqual(names(list(rest, { labelSelector })));
        },
      ),
      { seed: 7 },
    );
  });

  it('says when the snapshot is gone, with a token that goes on in the newest state', async () => {
    const rest = await filled(4);
    const first = list(rest, { limit: 2 });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'c99' } });
    await rest.store.compact(rest.store.revision);
    const gone = await refusalOf(() => list(rest, { limit: 2, continue: first.metadata.continue }));
    expect(gone).toMatchObject({ code: 410, reason: 'Expired' });
    expect(gone.message).toContain('The provided continue parameter is too old');
    const token = gone.metadata.continue as string;
    expect(names(list(rest, { limit: 9, continue: token }))).toEqual(['c02', 'c03', 'c99']);
    const old = await refusalOf(() =>
      list(rest, { resourceVersion: first.metadata.resourceVersion, resourceVersionMatch: 'Exact' }),
    );
    expect(old.message).toBe('The resourceVersion for the provided list is too old.');
  });

  it('reads the past exactly, and "not older than" from the newest', async () => {
    const rest = await filled(2);
    const then = String(rest.store.revision);
    await rest.create(CONFIG_MAPS, { metadata: { name: 'later' } });
    expect(names(list(rest, { resourceVersion: then, resourceVersionMatch: 'Exact' }))).toEqual(['c00', 'c01']);
    expect(names(list(rest, { resourceVersion: then, resourceVersionMatch: 'NotOlderThan' }))).toHaveLength(3);
    expect(names(list(rest, { resourceVersion: then, limit: 9 }))).toHaveLength(2);
    expect((await refusalOf(() => list(rest, { resourceVersion: '99999' }))).code).toBe(504);
  });

  it('refuses options that contradict each other', async () => {
    const rest = await filled(3);
    const message = async (parameters: ListParameters) => (await refusalOf(() => list(rest, parameters))).message;
    expect(await message({ resourceVersionMatch: 'Exact' })).toBe(
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
    expect(await message({ resourceVersionMatch: 'Exact', resourceVersion: '0' })).toContain(
      'is forbidden for resourceVersion "0"',
    );
    expect(await message({ sendInitialEvents: true })).toContain('sendInitialEvents is forbidden for list');
    const token = list(rest, { limit: 1 }).metadata.continue;
    expect(await message({ continue: token, resourceVersion: '1' })).toBe(
      'specifying resource version is not allowed when using continue',
    );
  });

  it('takes no token that it did not make', async () => {
    const rest = await filled(2);
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const tokens = [
      'x',
      encode(null),
      encode({ v: 'meta.k8s.io/v2', rv: 1, start: 'a' }),
      encode({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' }),
      encode({ v: 'meta.k8s.io/v1', rv: 1, start: '../secrets/a' }),
      'a'.repeat(10_000),
    ];
    for (const token of tokens) expect((await refusalOf(() => list(rest, { continue: token }))).code).toBe(400);
  });
});
