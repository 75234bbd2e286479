/** The Node object of a host: controllers write to it at the same time, most of all when it is new, and its first status does not wait for that. */

import { expect, it } from 'vitest';
import { keepNode } from '../../../daemon/agent/node/keep-node.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import { NODES } from '../../../daemon/kinds/resources.ts';
import { FakeClient } from '../../support/fake-client.ts';
import { SimClock, seededIds, seededRandom } from '../../support/sim-clock.ts';

const facts = {
  ...{
    hostname: 'one',
    architecture: 'amd64',
    kernelVersion: '6.1',
    osImage: 'Linux',
    machineId: 'm',
    systemUuid: 'u',
  },
  ...{ bootId: 'b', cpus: 2, memoryBytes: 4 * 2 ** 30, diskBytes: 10 * 2 ** 30 },
};
const use = {
  ...{ memoryAvailableBytes: 2 ** 30, diskAvailableBytes: 5 * 2 ** 30, inodesFree: 900, inodes: 1_000 },
  ...{ processes: 10, processesMax: 1_000 },
};
const identity = {
  ...{ name: 'one', ip: '192.0.2.1', podCidr: '10.244.0.0/24', kubeletVersion: 'v1.32.0' },
  runtimeVersion: 'podman://5.0',
};

it('a status that a controller came before is written again at once, not a second later', async () => {
  const clock = new SimClock();
  const client = new FakeClient({ clock, ids: seededIds(seededRandom(1)) });
  const warnings: string[] = [];
  let came = 0;
  client.inject = ({ verb, resource }, done) => {
    if (verb !== 'update' || resource !== NODES.plural || done || came === 3) return;
    came++;
    void client.patch(NODES, { name: 'one' }, { metadata: { annotations: { came: String(came) } } }, { type: 'merge' });
  };
  const node = keepNode({
    ...{ client, identity, clock, recorder: { record() {}, flush: async () => {} } },
    observe: async () => ({ facts, use, images: [], problem: undefined }),
    log: { ...silentLogger, warn: (_fields, message) => void warnings.push(message) },
  });
  await node.ready; // the clock stands still
  const { metadata, status } = await client.get(NODES, { name: 'one' });
  expect(metadata?.annotations).toMatchObject({ came: '3' });
  expect(status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  expect(warnings).toEqual([]);
  await node.stop();
});

it('resources that others advertise on a node stay, can be allocated, and go when they are taken back', async () => {
  const clock = new SimClock();
  const client = new FakeClient({ clock, ids: seededIds(seededRandom(1)) });
  const advertise = (amount: string | null) =>
    client.patch(
      NODES,
      { name: 'one' },
      { status: { capacity: { 'example.com/foo': amount, 'kubernetes.io/bar': amount, cpu: '64' } } },
      { type: 'merge', subresource: 'status' },
    );
  const images = [{ Id: 'i', RepoTags: ['localhost/one:1'], Size: 1 }];
  const node = keepNode({
    ...{ client, identity, clock, recorder: { record() {}, flush: async () => {} }, log: silentLogger },
    // Something to write at every look.
    observe: async () => ({ facts, use, images: [{ ...images[0]!, Size: clock.now() }], problem: undefined }),
  });
  await node.ready;
  const resources = async () => {
    await clock.advance(10_000);
    const { status } = await client.get(NODES, { name: 'one' });
    const { capacity = {}, allocatable = {} } = status ?? {};
    return [capacity, allocatable].map((list) => [list['cpu'], list['example.com/foo'], list['kubernetes.io/bar']]);
  };
  await advertise('5');
  expect(await resources()).toEqual([
    ['2', '5', undefined],
    ['2', '5', undefined],
  ]);
  // Written while the node's own status is under way.
  client.inject = ({ verb, resource }, done) => {
    if (verb !== 'update' || resource !== NODES.plural || done) return;
    client.inject = () => {};
    void advertise('6');
  };
  expect(await resources()).toEqual([
    ['2', '6', undefined],
    ['2', '6', undefined],
  ]);
  await advertise(null);
  expect(await resources()).toEqual([
    ['2', undefined, undefined],
    ['2', undefined, undefined],
  ]);
  await node.stop();
});
