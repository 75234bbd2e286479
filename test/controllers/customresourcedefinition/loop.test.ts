/** The loop of CustomResourceDefinitions against the real API: names, establishing, deletion with all objects. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../daemon/base/log.ts';
import { nextTurn } from '../../../daemon/base/turn.ts';
import type { Client } from '../../../daemon/client/client.ts';
import { createInProcessClient } from '../../../daemon/client/in-process.ts';
import { start } from '../../../daemon/controllers/customresourcedefinition/loop.ts';
import { servedResources } from '../../../daemon/kinds/collected-resources.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../../daemon/kinds/resources.ts';
import type { CustomResourceDefinition } from '../../../daemon/kinds/types.generated.ts';
import { type CustomRest, createCustomRest, definition, WIDGETS } from '../../api/rest/custom-support.ts';

let rest: CustomRest;
let client: Client;
let running: ReturnType<typeof start>;

beforeEach(async () => {
  rest = await createCustomRest();
  const user = { username: 'system:kube-controller-manager', groups: ['system:masters'] };
  client = createInProcessClient(rest.context, user, { fieldManager: 'test' });
  const { clock, random, ids, registry } = rest.context;
  const context = { client, clock, random, ids, log: silentLogger, informers: {} as never };
  running = start(context, { resources: servedResources(registry) });
});
afterEach(() => running.stop());

/** Lets the loop come to rest, and time pass. */
async function rests(ms = 0): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await nextTurn();
  if (ms > 0) await rest.clock.advance(ms);
  for (let turn = 0; turn < 60; turn++) await nextTurn();
}

const conditions = async (name: string) => {
  const { status } = await client.get(CUSTOM_RESOURCE_DEFINITIONS, { name });
  return Object.fromEntries(
    (status?.conditions ?? []).map((one) => [one.type, `${one.status} ${one.reason}: ${one.message}`]),
  );
};

describe('a definition', () => {
  it('is established with its names, and served', async () => {
    await rest.create(CUSTOM_RESOURCE_DEFINITIONS, definition());
    await rests();
    expect(await conditions('widgets.example.com')).toEqual({
      NamesAccepted: 'True NoConflicts: no conflicts found',
      Established: 'True InitialNamesAccepted: the initial names have been accepted',
    });
    const { status } = await client.get(CUSTOM_RESOURCE_DEFINITIONS, { name: 'widgets.example.com' });
    expect(status).toMatchObject({
      acceptedNames: {
        plural: 'widgets',
        singular: 'widget',
        kind: 'Widget',
        listKind: 'WidgetList',
        shortNames: ['wd'],
        categories: ['all'],
      },
      storedVersions: ['v1'],
    });
    expect(rest.kind(WIDGETS)).toBeDefined();
  });

  it('waits for names that another one has', async () => {
    await rest.create(CUSTOM_RESOURCE_DEFINITIONS, definition());
    await rests();
    const other: CustomResourceDefinition = {
      ...definition({ names: { plural: 'gizmos', kind: 'Gizmo', shortNames: ['wd'] } }),
      metadata: { name: 'gizmos.example.com' },
    };
    await rest.create(CUSTOM_RESOURCE_DEFINITIONS, other);
    await rests();
    expect(await conditions('gizmos.example.com')).toEqual({
      NamesAccepted: 'False ShortNamesConflict: "wd" is already in use',
      Established: 'False NotAccepted: not all names are accepted',
    });
    await client.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: 'widgets.example.com' });
    await rests(5_000);
    expect(await conditions('gizmos.example.com')).toMatchObject({
      Established: 'True InitialNamesAccepted: the initial names have been accepted',
    });
  });

  it('goes when all that there is of it is gone', async () => {
    await rest.create(CUSTOM_RESOURCE_DEFINITIONS, definition());
    await rests();
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 1 } };
    await rest.create(WIDGETS, widget as never);
    await rest.create(WIDGETS, {
      ...widget,
      metadata: { name: 'held', finalizers: ['example.com/x'] },
    } as never);
    await client.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: 'widgets.example.com' });
    await rests(5_000);
    expect((await client.list(WIDGETS)).items.map(({ metadata }) => metadata?.name)).toEqual(['held']);
    expect(await conditions('widgets.example.com')).toMatchObject({
      Terminating: 'True InstanceDeletionInProgress: CustomResource deletion is in progress',
    });
    await client.patch(
      WIDGETS,
      { namespace: 'default', name: 'held' },
      { metadata: { finalizers: null } },
      { type: 'merge' },
    );
    await rests(5_000);
    expect((await client.list(CUSTOM_RESOURCE_DEFINITIONS)).items).toEqual([]);
    expect(rest.kind(WIDGETS)).toBeUndefined();
  });
});
