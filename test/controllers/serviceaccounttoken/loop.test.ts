import { describe, expect, it } from 'vitest';
import { start } from '../../../daemon/controllers/serviceaccounttoken/loop.ts';
import type { ControllerContext } from '../../../daemon/controllers/shared/context.ts';
import type { Signing } from '../../../daemon/controllers/shared/signing.ts';
import { SECRETS, SERVICE_ACCOUNTS } from '../../../daemon/kinds/resources.ts';
import { startControlPlane } from '../../support/control-plane.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const TYPE = 'kubernetes.io/service-account-token';

/** Tokens that say whose they are and the how-manieth. */
async function plane() {
  let issued = 0;
  const signing = {
    accountToken: async ({ namespace, account, secret }: Parameters<Signing['accountToken']>[0]) =>
      `${++issued}:${namespace}/${account.name}/${account.uid}/${secret}`,
  } as Signing;
  const made = await startControlPlane([(context: ControllerContext) => start(context, { ca: 'PEM', signing })], {
    nodes: [],
  });
  const account = () => made.client.create(SERVICE_ACCOUNTS, { metadata: { name: 'robot', namespace: 'default' } });
  const add = (name: string, more: object = {}, annotations: Record<string, string> = {}) =>
    made.client.create(SECRETS, {
      metadata: {
        ...{ name, namespace: 'default' },
        annotations: { 'kubernetes.io/service-account.name': 'robot', ...annotations },
      },
      type: TYPE,
      ...more,
    });
  const find = (name: string) => made.client.all(SECRETS).find(({ metadata }) => metadata?.name === name);
  const dataOf = (name: string) =>
    Object.fromEntries(
      Object.entries(find(name)?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  return { ...made, account, add, find, dataOf, issued: () => issued };
}

describe('a token Secret', () => {
  it('gets the token, the authority and the namespace of its account, once', async () => {
    const made = await plane();
    const { metadata } = await made.account();
    await made.add('s');
    await made.clock.advance(1_000);
    expect(made.dataOf('s')).toEqual({
      token: `1:default/robot/${metadata!.uid}/s`,
      'ca.crt': 'PEM',
      namespace: 'default',
    });
    expect(made.find('s')!.metadata!.annotations).toMatchObject({ 'kubernetes.io/service-account.uid': metadata!.uid });
    await made.clock.advance(60_000);
    expect(made.issued()).toBe(1);
    made.stop();
  });

  it('keeps a token and a namespace that it has, and gets the present authority', async () => {
    const made = await plane();
    await made.account();
    await made.add('s', {
      data: { token: base64('mine'), namespace: base64('other'), 'ca.crt': base64('OLD'), more: base64('x') },
    });
    await made.clock.advance(1_000);
    expect(made.dataOf('s')).toEqual({ token: 'mine', namespace: 'other', 'ca.crt': 'PEM', more: 'x' });
    expect(made.issued()).toBe(0);
    made.stop();
  });

  it('gets another token when somebody takes it out', async () => {
    const made = await plane();
    await made.account();
    await made.add('s');
    await made.clock.advance(1_000);
    const { data: _, ...emptied } = made.find('s')!;
    await made.client.update(SECRETS, emptied);
    await made.clock.advance(1_000);
    expect(made.dataOf('s')['token']).toMatch(/^2:/);
    made.stop();
  });

  it('goes with its account, without one, and when the account is another by now', async () => {
    const made = await plane();
    await made.add('orphan');
    await made.clock.advance(1_000);
    expect(made.find('orphan')).toBeUndefined();
    await made.account();
    await made.add('s');
    await made.add('stale', {}, { 'kubernetes.io/service-account.uid': 'a former one' });
    await made.add('plain', { type: 'Opaque' });
    await made.clock.advance(1_000);
    expect(made.find('s')).toBeDefined();
    expect(made.find('stale')).toBeUndefined();
    await made.client.delete(SERVICE_ACCOUNTS, { namespace: 'default', name: 'robot' });
    await made.clock.advance(1_000);
    expect(made.find('s')).toBeUndefined();
    expect(made.find('plain')).toBeDefined();
    made.stop();
  });
});
