import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../daemon/base/log.ts';
import { EVENTS, PODS } from '../../daemon/kinds/resources.ts';
import { createEventRecorder, referenceOf } from '../../daemon/runtime/events.ts';
import { createWorld, makePod } from '../support/objects.ts';

const setUp = () => {
  const world = createWorld();
  const recorder = createEventRecorder(world.client, { clock: world.clock, log: silentLogger, component: 'tester' });
  const regarding = referenceOf(PODS, makePod('web', { metadata: { uid: 'u1' } }));
  return { ...world, recorder, regarding };
};

describe('createEventRecorder', () => {
  it('counts repeats on one object instead of writing them anew', async () => {
    const { recorder, regarding, client, clock } = setUp();
    for (let i = 0; i < 3; i++) {
      recorder.record({ regarding, type: 'Warning', reason: 'BackOff', message: 'Back-off restarting' });
      await recorder.flush();
      await clock.advance(10_000);
    }
    const [event, ...others] = client.all(EVENTS);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ count: 3, reason: 'BackOff', source: { component: 'tester' }, type: 'Warning' });
    expect(event!.firstTimestamp).toBe('2026-01-01T00:00:00Z');
    expect(event!.lastTimestamp).toBe('2026-01-01T00:00:20Z');
    expect(event!.metadata.name).toMatch(/^web\.[0-9a-f]+$/);
  });

  it('combines similar events after ten', async () => {
    const { recorder, regarding, client } = setUp();
    for (let i = 0; i < 14; i++)
      recorder.record({ regarding, type: 'Normal', reason: 'Pulled', message: `image ${i}` });
    await recorder.flush();
    const events = client.all(EVENTS);
    expect(events).toHaveLength(10);
    const combined = events.find((event) => event.message?.startsWith('(combined from similar events): '));
    expect(combined).toMatchObject({ count: 5, message: '(combined from similar events): image 13' });
  });

  it('lets 25 at once through for one object, then one each five minutes', async () => {
    const { recorder, regarding, client, clock } = setUp();
    const record = (index: number) =>
      recorder.record({ regarding, type: 'Normal', reason: `Reason${index}`, message: 'different reasons' });
    for (let i = 0; i < 60; i++) record(i);
    await recorder.flush();
    expect(client.all(EVENTS)).toHaveLength(25);
    await clock.advance(300_000);
    record(100);
    record(101);
    await recorder.flush();
    expect(client.all(EVENTS)).toHaveLength(26);
  });

  it('writes an expired event anew and never fails its caller', async () => {
    const { recorder, regarding, client } = setUp();
    recorder.record({ regarding, type: 'Normal', reason: 'A', message: 'm' });
    await recorder.flush();
    const [event] = client.all(EVENTS);
    await client.delete(EVENTS, { namespace: 'default', name: event!.metadata.name! });
    recorder.record({ regarding, type: 'Normal', reason: 'A', message: 'm' });
    await recorder.flush();
    expect(client.all(EVENTS)).toMatchObject([{ count: 2 }]);
    client.inject = () => {
      throw new Error('forbidden');
    };
    recorder.record({ regarding, type: 'Normal', reason: 'B', message: 'm' });
    await recorder.flush();
    expect(client.all(EVENTS)).toHaveLength(1);
  });
});
