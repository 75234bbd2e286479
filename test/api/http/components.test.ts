/** ComponentStatuses: what `kubectl get cs` asks for. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiUnderTest, startApi } from '../../client/api-server.ts';

const PATH = '/api/v1/componentstatuses';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  api.kernel.tellComponents(() => ({ scheduler: undefined, 'controller-manager': 'informers not started yet' }));
});
afterAll(() => api?.close());

const condition = (status: string, message: string) => [{ type: 'Healthy', status, message }];

it('tells how the parts of the control plane are, and that one should not ask', async () => {
  const { json, headers } = await api.ask('GET', PATH);
  expect(headers['warning']).toBe('299 - "v1 ComponentStatus is deprecated in v1.19+"');
  const manager = {
    metadata: { name: 'controller-manager', creationTimestamp: null },
    conditions: condition('False', 'informers not started yet'),
  };
  expect(json).toEqual({
    ...{ kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {} },
    items: [manager, { metadata: { name: 'scheduler', creationTimestamp: null }, conditions: condition('True', 'ok') }],
  });
  expect((await api.ask('GET', `${PATH}/controller-manager`)).json).toMatchObject({
    kind: 'ComponentStatus',
    ...manager,
  });
  expect((await api.ask('GET', `${PATH}?labelSelector=a`)).json.items).toEqual([]);
});

it('as a table', async () => {
  const Accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const { json } = await api.ask('GET', PATH, { headers: { Accept } });
  expect(json.rows.map(({ cells }: { cells: unknown[] }) => cells)).toEqual([
    ['controller-manager', 'Unhealthy', 'informers not started yet', ''],
    ['scheduler', 'Healthy', 'ok', ''],
  ]);
});

it.each([
  ['GET', `${PATH}/none`, 500, 'Component not found: none'],
  ['DELETE', `${PATH}/scheduler`, 405, 'the server does not allow this method on the requested resource'],
  ['POST', PATH, 405, 'the server does not allow this method on the requested resource'],
])('%s %s is %i', async (method, path, code, message) => {
  expect((await api.ask(method, path)).json).toMatchObject({ kind: 'Status', code, message });
});
