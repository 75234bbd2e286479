/** DELETE: at once, graceful, held by finalizers, under conditions; namespaces; collections. */

import { describe, expect, it } from 'vitest';
import { deleteObject } from '../../../daemon/api/rest/delete.ts';
import { deleteCollection } from '../../../daemon/api/rest/delete-collection.ts';
import { listObjects } from '../../../daemon/api/rest/list.ts';
import { patchObject } from '../../../daemon/api/rest/patch.ts';
import type { DeleteParameters } from '../../../daemon/api/rest/requests.ts';
import { callSubresource } from '../../../daemon/api/rest/subresources.ts';
import type { Resource } from '../../../daemon/kinds/resource.ts';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, PODS, PRIORITY_CLASSES } from '../../../daemon/kinds/resources.ts';
import type { Namespace } from '../../../daemon/kinds/types.generated.ts';
import { createRest, type Rest, refusalOf } from './support.ts';

const remove = (rest: Rest, resource: Resource, name: string, parameters?: DeleteParameters) =>
  deleteObject(rest.context, rest.target(resource, name), parameters);
const exists = (rest: Rest, resource: Resource, name: string) =>
  listObjects(rest.context, rest.scope(resource), { fieldSelector: `metadata.name=${name}` }).entries.length > 0;
const pod = (name: string, spec = {}) =>
  ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } }) as never;

describe('delete', () => {
  it('keeps the system’s priority classes', async () => {
    const rest = await createRest();
    expect(await refusalOf(remove(rest, PRIORITY_CLASSES, 'system-node-critical'))).toMatchObject({
      code: 403,
      message:
        'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted',
    });
    await rest.create(PRIORITY_CLASSES, { metadata: { name: 'own' }, value: 1 });
    expect((await remove(rest, PRIORITY_CLASSES, 'own')).code).toBe(200);
  });

  it('removes at once and answers with a Status that names what is gone', async () => {
    const rest = await createRest();
    const made = await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    const { answer, code } = await remove(rest, CONFIG_MAPS, 'a');
    expect(code).toBe(200);
    expect(answer).toEqual({
      status: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'a', kind: 'configmaps', uid: made.metadata?.uid },
      },
    });
    expect(exists(rest, CONFIG_MAPS, 'a')).toBe(false);
    expect((await refusalOf(remove(rest, CONFIG_MAPS, 'a'))).message).toBe('configmaps "a" not found');
  });

  it('waits for finalizers, the last of which ends it', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a', finalizers: ['e.x/one', 'e.x/two'] } });
    const first = await remove(rest, CONFIG_MAPS, 'a');
    expect('entry' in first.answer && first.answer.entry.value.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
    });
    const before = rest.store.revision;
    await remove(rest, CONFIG_MAPS, 'a');
    expect(rest.store.revision).toBe(before);
    const patch = (finalizers: string[] | null) =>
      patchObject(rest.context, rest.target(CONFIG_MAPS, 'a'), { metadata: { finalizers } }, { type: 'merge' });
    expect((await refusalOf(patch(['e.x/one', 'e.x/two', 'e.x/new']))).message).toContain(
      'no new finalizers can be added if the object is being deleted',
    );
    await patch(['e.x/two']);
    expect(exists(rest, CONFIG_MAPS, 'a')).toBe(true);
    const last = await patch(null);
    expect(last.entry.value.metadata?.deletionTimestamp).toBeTruthy();
    expect(exists(rest, CONFIG_MAPS, 'a')).toBe(false);
  });

  it('keeps preconditions', async () => {
    const rest = await createRest();
    const made = await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    const uid = await refusalOf(remove(rest, CONFIG_MAPS, 'a', { preconditions: { uid: 'other' } }));
    expect(uid).toMatchObject({ code: 409, details: { kind: 'ConfigMap', name: 'a' } });
    expect(uid.message).toBe(
      `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record (${made.metadata?.uid}). The object might have been deleted and then recreated`,
    );
    const none = await refusalOf(remove(rest, CONFIG_MAPS, 'a', { preconditions: { uid: '' } }));
    expect(none.message).toContain('the UID in the precondition () does not match');
    const revision = await refusalOf(remove(rest, CONFIG_MAPS, 'a', { preconditions: { resourceVersion: '1' } }));
    expect(revision.message).toContain('the ResourceVersion in the precondition (1) does not match');
    const right = { uid: made.metadata?.uid, resourceVersion: made.metadata?.resourceVersion };
    await remove(rest, CONFIG_MAPS, 'a', { preconditions: right });
    expect(exists(rest, CONFIG_MAPS, 'a')).toBe(false);
  });

  it('tells the garbage collector by finalizers what becomes of dependents', async () => {
    const rest = await createRest();
    for (const [name, policy, finalizer] of [
      ['f', 'Foreground', 'foregroundDeletion'],
      ['o', 'Orphan', 'orphan'],
    ] as const) {
      await rest.create(CONFIG_MAPS, { metadata: { name } });
      const { object } = await remove(rest, CONFIG_MAPS, name, { propagationPolicy: policy });
      expect(object.metadata?.finalizers).toEqual([finalizer]);
      expect(exists(rest, CONFIG_MAPS, name)).toBe(true);
    }
    const { object } = await remove(rest, CONFIG_MAPS, 'f', { propagationPolicy: 'Orphan' });
    expect(object.metadata?.finalizers).toEqual(['orphan']);
    const bad = await refusalOf(remove(rest, CONFIG_MAPS, 'o', { propagationPolicy: 'Sideways' }));
    expect(bad).toMatchObject({ code: 422, details: { kind: 'DeleteOptions', group: 'meta.k8s.io' } });
  });

  it('raises the generation of what begins to go', async () => {
    const rest = await createRest();
    await rest.create(DEPLOYMENTS, {
      metadata: { name: 'd' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    const { object } = await remove(rest, DEPLOYMENTS, 'd', { propagationPolicy: 'Foreground' });
    expect(object.metadata?.generation).toBe(2);
  });

  it('does nothing in a dry run', async () => {
    const rest = await createRest();
    await rest.create(CONFIG_MAPS, { metadata: { name: 'a' } });
    const before = rest.store.revision;
    await remove(rest, CONFIG_MAPS, 'a', { dryRun: true });
    expect(rest.store.revision).toBe(before);
  });
});

describe('deleting pods', () => {
  it('gives a pod on a node its time, which can only be cut short', async () => {
    const rest = await createRest();
    await rest.create(PODS, pod('p', { nodeName: 'n1', terminationGracePeriodSeconds: 20 }));
    const { object } = await remove(rest, PODS, 'p');
    expect(object.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:20Z',
      deletionGracePeriodSeconds: 20,
    });
    const before = rest.store.revision;
    await remove(rest, PODS, 'p', { gracePeriodSeconds: 60 });
    await remove(rest, PODS, 'p');
    expect(rest.store.revision).toBe(before);
    const sooner = await remove(rest, PODS, 'p', { gracePeriodSeconds: 5 });
    expect(sooner.object.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:05Z',
      deletionGracePeriodSeconds: 5,
    });
    await remove(rest, PODS, 'p', { gracePeriodSeconds: 0 });
    expect(exists(rest, PODS, 'p')).toBe(false);
  });

  it('removes a pod without a node at once, showing watchers that it goes, and answers with the pod', async () => {
    const rest = await createRest();
    await rest.create(PODS, pod('p'));
    const watched = rest.watch(PODS, { resourceVersion: String(rest.store.revision) });
    const { answer } = await remove(rest, PODS, 'p');
    expect('entry' in answer && answer.entry.value.metadata?.name).toBe('p');
    expect(watched.lines).toEqual(['MODIFIED p', 'DELETED p']);
    expect(watched.objects[0]?.metadata?.deletionGracePeriodSeconds).toBe(0);
    watched.stop();
  });

  it('reads a negative grace period as one second', async () => {
    const rest = await createRest();
    await rest.create(PODS, pod('p', { nodeName: 'n1' }));
    const { object } = await remove(rest, PODS, 'p', { gracePeriodSeconds: -5 });
    expect(object.metadata?.deletionGracePeriodSeconds).toBe(1);
  });
});

describe('deleting namespaces', () => {
  it('marks a namespace and removes it when its last finalizer goes', async () => {
    const rest = await createRest();
    await rest.create(NAMESPACES, { metadata: { name: 'n' } });
    const { object } = await remove(rest, NAMESPACES, 'n');
    expect(object).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
    expect(object.metadata?.deletionTimestamp).toBeTruthy();
    const finalized = { ...(object as Namespace), spec: { finalizers: [] } };
    const target = rest.target(NAMESPACES, 'n');
    await callSubresource(rest.context, target, 'finalize', 'update', structuredClone(finalized), {});
    expect(exists(rest, NAMESPACES, 'n')).toBe(false);
  });

  it('keeps the finalizers of a namespace out of reach of plain updates', async () => {
    const rest = await createRest();
    await rest.create(NAMESPACES, { metadata: { name: 'n' } });
    const target = rest.target(NAMESPACES, 'n');
    await patchObject(rest.context, target, { spec: { finalizers: null } }, { type: 'merge' });
    const live = rest.store.get('/registry/core/namespaces/n')!.value as Namespace;
    expect(live.spec?.finalizers).toEqual(['kubernetes']);
  });

  it('never deletes what the cluster lives in', async () => {
    const rest = await createRest();
    expect(await refusalOf(remove(rest, NAMESPACES, 'default'))).toMatchObject({
      code: 403,
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    });
  });
});

describe('deletecollection', () => {
  it('deletes what the selectors choose and answers with it', async () => {
    const rest = await createRest();
    for (const name of ['a', 'b', 'c']) await rest.create(CONFIG_MAPS, { metadata: { name, labels: { n: name } } });
    const page = await deleteCollection(rest.context, rest.scope(CONFIG_MAPS), {}, { labelSelector: 'n in (a,c)' });
    expect(page.entries.map(({ value }) => value.metadata?.name)).toEqual(['a', 'c']);
    expect(listObjects(rest.context, rest.scope(CONFIG_MAPS)).entries).toHaveLength(1);
  });
});
