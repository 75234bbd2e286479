import { beforeEach, expect, test } from 'vitest';
import { StatusWriter } from '../../../daemon/agent/pods/status-writer.ts';
import { systemClock } from '../../../daemon/base/clock.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import { PODS } from '../../../daemon/kinds/resources.ts';
import type { Pod, PodStatus } from '../../../daemon/kinds/types.generated.ts';
import { createWorld, makePod, type World } from '../../support/objects.ts';

let world: World;
let pod: Pod;
let wanted: PodStatus | undefined;
let written: number;
let writer: StatusWriter;
const key = { namespace: 'default', name: 'web' };
const settled = async () => {
  for (let turn = 0; turn < 5_000 && !writer.settle(pod); turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 2));
};

beforeEach(async () => {
  world = createWorld();
  pod = await world.client.create(PODS, makePod('web'));
  wanted = { phase: 'Running' };
  written = 0;
  writer = new StatusWriter({
    client: world.client,
    clock: systemClock,
    random: world.random,
    log: silentLogger,
    render: ({ status }) => wanted && { ...status, ...wanted },
    onWritten: () => {
      written += 1;
    },
  });
});

test('writes a status once, and nothing when nothing has changed', async () => {
  writer.sync(pod);
  await settled();
  writer.sync(pod);
  await settled();
  expect((await world.client.get(PODS, key)).status).toEqual({ phase: 'Running' });
  expect(world.client.calls.filter(({ verb }) => verb === 'update')).toHaveLength(1);
  expect(written).toBe(1);
  expect(writer.newest(pod).status?.phase).toBe('Running');
});

test('keeps what another has written in between', async () => {
  const other = { ...pod, status: { conditions: [{ type: 'example.com/gate', status: 'True' }] } };
  await world.client.update(PODS, other, { subresource: 'status' });
  writer.sync(pod);
  await settled();
  expect((await world.client.get(PODS, key)).status).toMatchObject({
    phase: 'Running',
    conditions: [{ type: 'example.com/gate' }],
  });
});

test('has nothing to say of a pod that is gone, or of which nothing is known', async () => {
  wanted = undefined;
  expect(writer.settle(pod)).toBe(true);
  wanted = { phase: 'Running' };
  await world.client.delete(PODS, key, { gracePeriodSeconds: 0 });
  writer.sync(pod);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(written).toBe(0);
});
