/** Events: two shapes of one object, and their end. */

import { describe, expect, it } from 'vitest';
import { deleteObject } from '../../../daemon/api/rest/delete.ts';
import { startEventExpiry } from '../../../daemon/api/rest/event-expiry.ts';
import { getObject } from '../../../daemon/api/rest/get.ts';
import { listObjects } from '../../../daemon/api/rest/list.ts';
import { patchObject } from '../../../daemon/api/rest/patch.ts';
import { EVENTS, EVENTS_K8S_IO } from '../../../daemon/kinds/resources.ts';
import type { Event, EventEvents } from '../../../daemon/kinds/types.generated.ts';
import { createRest } from './support.ts';

const about = { kind: 'Pod', name: 'p', namespace: 'default', apiVersion: 'v1' };
const core = (name: string): Event => ({
  metadata: { name },
  involvedObject: about,
  reason: 'Started',
  message: 'it started',
  type: 'Normal',
  source: { component: 'kubelet', host: 'n1' },
  firstTimestamp: '2026-01-01T00:00:00Z',
  lastTimestamp: '2026-01-01T00:00:00Z',
  count: 1,
});

describe('events', () => {
  it('are one object in two groups', async () => {
    const rest = await createRest();
    const made = await rest.create(EVENTS, core('e'));
    const shown = getObject(rest.context, rest.target(EVENTS_K8S_IO, 'e'));
    expect(shown.value).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e', uid: made.metadata?.uid, resourceVersion: made.metadata?.resourceVersion },
      regarding: about,
      note: 'it started',
      reason: 'Started',
      deprecatedSource: { component: 'kubelet', host: 'n1' },
      deprecatedCount: 1,
    });
    expect(shown.value).not.toHaveProperty('involvedObject');
    expect(JSON.parse(shown.json.toString())).toEqual(shown.value);
    expect(getObject(rest.context, rest.target(EVENTS_K8S_IO, 'e'))).toBe(shown);
  });

  it('are written and watched in either shape', async () => {
    const rest = await createRest();
    const watched = rest.watch(EVENTS_K8S_IO, { resourceVersion: String(rest.store.revision) });
    const watchedCore = rest.watch(EVENTS, { resourceVersion: String(rest.store.revision) });
    await rest.create(EVENTS_K8S_IO, {
      metadata: { name: 'e' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      regarding: about,
      reason: 'Started',
      note: 'it started',
      type: 'Normal',
      action: 'Start',
      reportingController: 'example.com/agent',
      reportingInstance: 'n1',
    } as EventEvents);
    const stored = getObject(rest.context, rest.target(EVENTS, 'e')).value as Event;
    expect(stored).toMatchObject({ kind: 'Event', apiVersion: 'v1', involvedObject: about, message: 'it started' });
    const series = { series: { count: 2, lastObservedTime: '2026-01-01T00:00:10.000000Z' } };
    await patchObject(rest.context, rest.target(EVENTS_K8S_IO, 'e'), series, { type: 'merge' });
    await deleteObject(rest.context, rest.target(EVENTS, 'e'));
    expect(watched.lines).toEqual(['ADDED e', 'MODIFIED e', 'DELETED e']);
    expect(watched.objects.map((object) => (object as EventEvents).note)).toEqual(Array(3).fill('it started'));
    expect(watchedCore.objects.map((object) => (object as Event).message)).toEqual(Array(3).fill('it started'));
  });

  it('are selected by what they are about', async () => {
    const rest = await createRest();
    await rest.create(EVENTS, core('e'));
    await rest.create(EVENTS, { ...core('f'), involvedObject: { ...about, name: 'q' } });
    const names = (fieldSelector: string) =>
      listObjects(rest.context, rest.scope(EVENTS), { fieldSelector }).entries.map(({ value }) => value.metadata?.name);
    expect(names('involvedObject.name=q')).toEqual(['f']);
    expect(names('involvedObject.kind=Pod,reason=Started,involvedObject.name!=q')).toEqual(['e']);
  });
});

describe('the end of events', () => {
  it('comes an hour after the last change', async () => {
    const rest = await createRest();
    const stop = startEventExpiry(rest.context);
    await rest.create(EVENTS, core('a'));
    await rest.clock.advance(1_800_000);
    await rest.create(EVENTS, core('b'));
    await patchObject(rest.context, rest.target(EVENTS, 'a'), { count: 2 }, { type: 'merge' });
    const left = () => rest.store.count('/registry/core/events/');
    await rest.clock.advance(1_805_000);
    expect(left()).toBe(2);
    await rest.clock.advance(1_800_000);
    expect(left()).toBe(0);
    stop();
  });

  it('is known after a restart from what they say', async () => {
    const rest = await createRest();
    await rest.create(EVENTS, core('old'));
    await rest.clock.advance(3_000_000);
    await rest.create(EVENTS, { ...core('new'), lastTimestamp: '2026-01-01T00:50:00Z' });
    const stop = startEventExpiry(rest.context);
    await rest.clock.advance(605_000);
    expect(rest.store.get('/registry/core/events/default/old')).toBeUndefined();
    expect(rest.store.get('/registry/core/events/default/new')).toBeDefined();
    stop();
    expect(rest.clock.nextAt()).toBeUndefined();
  });
});
