import { expect, it } from 'vitest';
import { start } from '../../../daemon/controllers/legacytokentracking/loop.ts';
import type { ControllerContext } from '../../../daemon/controllers/shared/context.ts';
import type { Signing } from '../../../daemon/controllers/shared/signing.ts';
import { CONFIG_MAPS } from '../../../daemon/kinds/resources.ts';
import { startControlPlane } from '../../support/control-plane.ts';

const KEY = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' };

it('since when uses of tokens are dated is told, mended when it is no date, and made anew not too often', async () => {
  const made = await startControlPlane([(context: ControllerContext) => start(context, { signing: {} as Signing })], {
    nodes: [],
  });
  const { client, clock } = made;
  const find = () => client.all(CONFIG_MAPS).find(({ metadata }) => metadata?.name === KEY.name);
  await clock.advance(1_000);
  const today = new Date(clock.now()).toISOString().slice(0, 10);
  expect(find()).toMatchObject({ metadata: KEY, data: { since: today } });

  await client.update(CONFIG_MAPS, { ...find()!, data: { since: '2026-02-30', more: 'x' } });
  await clock.advance(1_000);
  expect(find()!.data).toEqual({ since: today, more: 'x' });
  await client.update(CONFIG_MAPS, { ...find()!, data: { since: '2020-02-29' } });
  await clock.advance(1_000);
  expect(find()!.data).toEqual({ since: '2020-02-29' });

  await client.delete(CONFIG_MAPS, KEY);
  await clock.advance(20 * 60_000);
  expect(find()).toBeUndefined();
  await clock.advance(10 * 60_000);
  expect(find()).toBeDefined();
  made.stop();
});
