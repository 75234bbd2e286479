/** WATCH: where it begins, what selectors make of changes, bookmarks, ends. */

import { describe, expect, it } from 'vitest';
import { deleteObject } from '../../../daemon/api/rest/delete.ts';
import { patchObject } from '../../../daemon/api/rest/patch.ts';
import { CONFIG_MAPS, NAMESPACES } from '../../../daemon/kinds/resources.ts';
import { createRest, type Rest, refusalOf } from './support.ts';

const now = (rest: Rest) => String(rest.store.revision);
const label = (rest: Rest, name: string, labels: object) =>
  patchObject(rest.context, rest.target(CONFIG_MAPS, name), { metadata: { labels } } as never, { type: 'merge' });

describe('watch', () => {
  it('begins with the present state without a revision, and after it with one', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    const start = now(rest);
    await rest.create(CONFIG_MAPS, { metadata: { name: 'b' } });
    expect(rest.watch(CONFIG_MAPS).lines).toEqual(['ADDED a', 'ADDED b']);
    expect(rest.watch(CONFIG_MAPS, { resourceVersion: '0' }).lines).toEqual(['ADDED a', 'ADDED b']);
    const resumed = rest.watch(CONFIG_MAPS, { resourceVersion: start });
    expect(resumed.lines).toEqual(['ADDED b']);
    await label(rest, 'a', { x: 'y' });
    await deleteObject(rest.context, rest.target(CONFIG_MAPS, 'a'));
    expect(resumed.lines).toEqual(['ADDED b', 'MODIFIED a', 'DELETED a']);
    expect(resumed.objects.at(-1)?.metadata?.resourceVersion).toBe(now(rest));
    resumed.stop();
    await label(rest, 'b', { x: 'y' });
    expect(resumed.lines).toHaveLength(3);
  });

  it('shows only its namespace and kind', async () => {
    const rest = await createRest();
    await rest.create(NAMESPACES, { metadata: { name: 'other' } });
    const watched = rest.watch(CONFIG_MAPS, { resourceVersion: now(rest) });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a', namespace: 'other' } });
    await rest.create(NAMESPACES, { metadata: { name: 'third' } });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'b' } });
    expect(watched.lines).toEqual(['ADDED b']);
  });

  it('turns changes of matching into ADDED and DELETED', async () => {
    const rest = await createRest();
    const watched = rest.watch(CONFIG_MAPS, { resourceVersion: now(rest), labelSelector: 'app=web' });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    await label(rest, 'a', { app: 'web' });
    await label(rest, 'a', { extra: '1' });
    await label(rest, 'a', { app: 'db' });
    await deleteObject(rest.context, rest.target(CONFIG_MAPS, 'a'));
    expect(watched.lines).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(watched.objects.at(-1)?.metadata).toMatchObject({
      labels: { app: 'web', extra: '1' },
      resourceVersion: String(rest.store.revision - 1),
    });
  });

  it('watches one object by name, and not others whose names begin with it', async () => {
    const rest = await createRest();
    const watched = rest.watch(CONFIG_MAPS, { fieldSelector: 'metadata.name=web', resourceVersion: '0' });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'web-2' } });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'web' } });
    expect(watched.lines).toEqual(['ADDED web']);
  });

  it('streams a list (KEP-3157): state, annotated bookmark, changes', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    const watched = rest.watch(CONFIG_MAPS, {
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
      resourceVersion: '1',
    });
    expect(watched.lines).toEqual(['ADDED a', 'BOOKMARK']);
    expect(watched.objects[1]).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        resourceVersion: now(rest),
        creationTimestamp: null,
        annotations: { 'k8s.io/initial-events-end': 'true' },
      },
    });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'b' } });
    expect(watched.lines.at(-1)).toBe('ADDED b');
    const silent = rest.watch(CONFIG_MAPS, { sendInitialEvents: false, resourceVersionMatch: 'NotOlderThan' });
    expect(silent.lines).toEqual([]);
  });

  it('refuses options that contradict each other, and revisions that are gone', async () => {
    const rest = await createRest();
    const message = async (parameters: object) =>
      (await refusalOf(() => rest.watch(CONFIG_MAPS, parameters) as never)).message;
    expect(await message({ sendInitialEvents: true })).toContain(
      'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
    expect(await message({ resourceVersionMatch: 'NotOlderThan' })).toContain(
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
    const start = now(rest);
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    await rest.store.compact(rest.store.revision);
    expect(await refusalOf(() => rest.watch(CONFIG_MAPS, { resourceVersion: start }) as never)).toMatchObject({
      code: 410,
      reason: 'Expired',
    });
  });

  it('sends nothing at or before a start in the future', async () => {
    const rest = await createRest();
    const watched = rest.watch(CONFIG_MAPS, { resourceVersion: String(rest.store.revision + 1) });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    await rest.create(CONFIG_MAPS, { metadata: { name: 'b' } });
    expect(watched.lines).toEqual(['ADDED b']);
  });

  it('sends bookmarks each minute and before its end, then ends', async () => {
    const rest = await createRest();
    const watched = rest.watch(CONFIG_MAPS, {
      resourceVersion: now(rest),
      allowWatchBookmarks: true,
      timeoutSeconds: 90,
    });
    await rest.clock.advance(60_000);
    expect(watched.lines).toEqual(['BOOKMARK']);
    await rest.create(NAMESPACES, { metadata: { name: 'elsewhere' } });
    await rest.clock.advance(28_000);
    expect(watched.lines).toEqual(['BOOKMARK', 'BOOKMARK']);
    expect(watched.objects[1]?.metadata?.resourceVersion).toBe(now(rest));
    await rest.clock.advance(2_000);
    expect(watched.ended).toBe(true);
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    expect(watched.lines).toHaveLength(2);
  });

  it('ends at once when its time is negative', async () => {
    const rest = await createRest();
    const watched = rest.watch(CONFIG_MAPS, { resourceVersion: now(rest), timeoutSeconds: -1 });
    await rest.clock.advance(0);
    expect(watched.ended).toBe(true);
    expect(watched.lines).toEqual([]);
  });

  it('makes the bytes of a change once for all who watch', async () => {
    const rest = await createRest();
    const seen: Buffer[] = [];
    const { startWatch } = await import('../../../daemon/api/rest/watch.ts');
    for (const labelSelector of [undefined, undefined, 'a=b']) {
      startWatch(
        rest.context,
        rest.scope(CONFIG_MAPS),
        { resourceVersion: now(rest), labelSelector },
        { events: (batch) => seen.push(...batch.map((event) => event.json())), end() {} },
      );
    }
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a', labels: { a: 'b' } } });
    expect(seen).toHaveLength(3);
    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).toBe(seen[0]);
  });
});
