import { expect, it } from 'vitest';
import { ACTING_USERS } from '../../../daemon/controllers/accounts.ts';
import { start } from '../../../daemon/controllers/controlleraccounts/loop.ts';
import { SERVICE_ACCOUNTS } from '../../../daemon/kinds/resources.ts';
import { startControlPlane } from '../../support/control-plane.ts';

const PREFIX = 'system:serviceaccount:kube-system:';
const WANTED = [...new Set(Object.values(ACTING_USERS).map(({ username }) => username))]
  .filter((username) => username.startsWith(PREFIX))
  .map((username) => username.slice(PREFIX.length))
  .sort();

async function plane() {
  const made = await startControlPlane([start], { nodes: [] });
  await made.clock.advance(1_000);
  const accounts = () =>
    made.client.all(SERVICE_ACCOUNTS).filter(({ metadata }) => metadata?.namespace === 'kube-system');
  return { ...made, accounts, names: () => accounts().map(({ metadata }) => metadata?.name ?? '') };
}

it('whom controllers act as is there, and nobody else', async () => {
  const { names, stop } = await plane();
  expect(names().sort()).toEqual(WANTED);
  expect(WANTED).toContain('deployment-controller');
  stop();
});

it('an account that is deleted is made again, a changed one is left as it is', async () => {
  const { client, clock, names, accounts, stop } = await plane();
  await client.delete(SERVICE_ACCOUNTS, { namespace: 'kube-system', name: 'deployment-controller' });
  const key = { namespace: 'kube-system', name: 'node-controller' };
  await client.patch(SERVICE_ACCOUNTS, key, { metadata: { labels: { a: 'b' } } }, { type: 'merge' });
  await clock.advance(1_000);
  expect(names().sort()).toEqual(WANTED);
  const changed = accounts().find(({ metadata }) => metadata?.name === 'node-controller');
  expect(changed?.metadata?.labels).toEqual({ a: 'b' });
  stop();
});
