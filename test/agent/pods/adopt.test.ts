/** The agent's first look after a start: what nobody wants is ended, but for what a rebuilt cluster may only have forgotten. */

import { describe, expect, it } from 'vitest';
import { Adoption } from '../../../daemon/agent/pods/adopt.ts';
import { createEntry, type PodEntry } from '../../../daemon/agent/pods/entry.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import { AWAITING_REPORT, UNKNOWN_PODS } from '../../../daemon/kinds/common/rebuild.ts';
import { NODES } from '../../../daemon/kinds/resources.ts';
import type { Pod } from '../../../daemon/kinds/types.generated.ts';
import { createWorld, makeNode } from '../../support/objects.ts';
import { makeContainer, makePod, observed } from './make.ts';

/** A node that runs `wanted`, which the API knows, and `forgotten`, which it does not. */
async function start(annotations: Record<string, string>) {
  const { client, clock } = createWorld();
  const node = makeNode('n1');
  await client.create(NODES, { ...node, metadata: { ...node.metadata, annotations } });
  const known = makePod({}, { metadata: { name: 'web', uid: 'wanted' } });
  const entries = new Map<string, PodEntry>([['wanted', createEntry(known)]]);
  const removed: string[] = [];
  const networks: string[][] = [];
  const events: string[] = [];
  let told = false;
  const containers = ['wanted', 'forgotten'].map((uid) => observed(makeContainer('main'), { uid, pod: `pod-${uid}` }));
  const adoption = new Adoption({
    client,
    clock,
    log: silentLogger,
    nodeName: 'n1',
    signal: new AbortController().signal,
    pods: { synced: () => Promise.resolve(), list: () => [known] },
    manager: {
      entries,
      set: (pod: Readonly<Pod>) => void entries.set(pod.metadata!.uid!, createEntry(pod)),
      remove: (uid: string) => void removed.push(uid),
      hasTold: () => told,
    },
    table: {
      uids: () => ['wanted', 'forgotten'],
      ofPod: (uid: string) => containers.filter((one) => one.uid === uid),
    },
    network: {
      adopt: (uids) => void networks.push([...uids].sort()),
      attach: () => Promise.reject(new Error('unused')),
      detach: () => Promise.resolve(),
      dnsAddress: '10.244.0.1',
    },
    recorder: { record: ({ reason, message }) => void events.push(`${reason} ${message}`), flush: async () => {} },
  });
  const notes = async () => (await client.get(NODES, { name: 'n1' })).metadata?.annotations ?? {};
  return { adoption, client, clock, removed, networks, events, notes, tell: () => (told = true) };
}

describe('the first look', () => {
  it('ends what the API does not know', async () => {
    const { adoption, removed, networks, notes } = await start({});
    await adoption.run();
    expect(removed).toEqual(['forgotten']);
    expect(networks).toEqual([['forgotten', 'wanted']]);
    expect(await notes()).toEqual({});
  });

  it('of a rebuilt cluster ends nothing, names what it does not know, and reports when all statuses are told', async () => {
    const { adoption, clock, removed, networks, events, notes, tell } = await start({ [AWAITING_REPORT]: 'then' });
    const running = adoption.run();
    await clock.advance(5_000);
    expect(await notes()).toEqual({ [AWAITING_REPORT]: 'then' });
    tell();
    await clock.advance(100);
    await running;
    expect(removed).toEqual([]);
    expect(networks).toEqual([['forgotten', 'wanted']]);
    expect(await notes()).toEqual({ [UNKNOWN_PODS]: 'default/pod-forgotten (forgotten)' });
    expect(events).toEqual([
      expect.stringMatching(/^UnknownPods Running here.*default\/pod-forgotten.*kubectl annotate node n1/),
    ]);
  });

  it('ends them when somebody takes their names away, also after another start', async () => {
    const { adoption, client, removed, notes, tell } = await start({
      [UNKNOWN_PODS]: 'default/pod-forgotten (forgotten)',
    });
    tell();
    await adoption.run();
    await adoption.check();
    expect(removed).toEqual([]);
    await client.patch(
      NODES,
      { name: 'n1' },
      { metadata: { annotations: { [UNKNOWN_PODS]: null } } },
      { type: 'merge' },
    );
    await adoption.check();
    expect(removed).toEqual(['forgotten']);
    expect(await notes()).toEqual({});
  });
});
