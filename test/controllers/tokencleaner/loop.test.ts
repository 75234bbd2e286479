import { expect, it } from 'vitest';
import { formatTime } from '../../../daemon/base/clock.ts';
import { start } from '../../../daemon/controllers/tokencleaner/loop.ts';
import { SECRETS } from '../../../daemon/kinds/resources.ts';
import { startControlPlane } from '../../support/control-plane.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

it('bootstrap tokens go when their time has come, and nothing else does', async () => {
  const made = await startControlPlane([start], { nodes: [] });
  const at = (ms: number) => formatTime(made.clock.now() + ms);
  const add = (name: string, expiration: string | undefined, more: object = {}) =>
    made.client.create(SECRETS, {
      metadata: { name, namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      data: expiration === undefined ? {} : { expiration: base64(expiration) },
      ...more,
    });
  await add('bootstrap-token-past000', at(-1_000));
  await add('bootstrap-token-soon000', at(60_000));
  await add('bootstrap-token-later00', at(7_200_000));
  await add('bootstrap-token-forever', undefined);
  await add('bootstrap-token-broken0', 'one of these days');
  await add('of-another-type', at(-1_000), { type: 'Opaque' });
  await add('elsewhere', at(-1_000), { metadata: { name: 'elsewhere', namespace: 'default' } });
  const names = () =>
    made.client
      .all(SECRETS)
      .map(({ metadata }) => metadata!.name!)
      .sort();
  const kept = ['bootstrap-token-forever', 'elsewhere', 'of-another-type'];
  await made.clock.advance(1_000);
  expect(names()).toEqual([...kept, 'bootstrap-token-later00', 'bootstrap-token-soon000'].sort());
  await made.clock.advance(60_000);
  expect(names()).toEqual([...kept, 'bootstrap-token-later00'].sort());
  // A token that is given longer stays longer.
  const later = await made.client.get(SECRETS, { namespace: 'kube-system', name: 'bootstrap-token-later00' });
  await made.client.update(SECRETS, { ...later, data: { expiration: base64(at(86_400_000)) } });
  await made.clock.advance(7_200_000);
  expect(names()).toContain('bootstrap-token-later00');
  await made.clock.advance(86_400_000);
  expect(names()).toEqual(kept);
  made.stop();
});
