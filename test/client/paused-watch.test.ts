/** Fault 10: history is compacted while a watch is paused, and a watcher that never reads. */

import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createStore } from '../../daemon/store/create-store.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';
import { type ApiUnderTest, NAMESPACE, startApi } from './api-server.ts';

const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const PREFIX = `/registry/core/configmaps/${NAMESPACE}/`;

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

const write = (name: string, data: Record<string, string> = {}) => {
  const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data };
  return api.kernel.store.commit([{ type: 'put', key: PREFIX + name, value }]);
};

async function openWatch(revision: number | string): Promise<IncomingMessage> {
  const pair = await api.pki.issueClient('system:admin', ['system:masters']);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: api.port,
        ca: api.pki.caCertificate,
        cert: pair.certificate,
        key: pair.key,
        agent: false,
        path: `${CONFIG_MAPS}?watch=true&resourceVersion=${revision}`,
      },
      resolve,
    );
    sent.on('error', reject);
    onTestFinished(() => void sent.destroy());
    sent.end();
  });
  answer.on('error', () => {});
  return answer;
}

// biome-ignore lint/suspicious/noExplicitAny: events of every shape
type Event = { type: string; object: any };

async function* eventsOf(answer: IncomingMessage): AsyncGenerator<Event> {
  for await (const line of createInterface({ input: answer })) yield JSON.parse(line) as Event;
}

describe('a paused watch', () => {
  it('whose revision was compacted meanwhile is told 410, and after a new list has missed nothing', async () => {
    const seen = new Map<string, string>();
    const first = await openWatch(api.kernel.store.revision);
    const events = eventsOf(first);
    await write('p1', { v: '1' });
    const { value } = await events.next();
    seen.set(value!.object.metadata.name, value!.object.data.v);
    const last = value!.object.metadata.resourceVersion;
    first.destroy();
    await write('p1', { v: '2' });
    await write('p2', { v: '1' });
    await api.kernel.store.commit([{ type: 'delete', key: `${PREFIX}p2` }]);
    await write('p3', { v: '1' });
    await api.kernel.store.compact(api.kernel.store.revision);
    const gone = await eventsOf(await openWatch(last)).next();
    expect(gone.value).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    const list = (await api.ask('GET', `${CONFIG_MAPS}?labelSelector=`)).json;
    seen.clear();
    for (const { metadata, data } of list.items) if (data) seen.set(metadata.name, data.v);
    const again = eventsOf(await openWatch(list.metadata.resourceVersion));
    await write('p3', { v: '2' });
    const next = (await again.next()).value!;
    seen.set(next.object.metadata.name, next.object.data.v);
    expect([...seen].filter(([name]) => /^p\d$/.test(name)).sort()).toEqual([
      ['p1', '2'],
      ['p3', '2'],
    ]);
  });

  it('that is only behind loses nothing to a compaction', async () => {
    const store = await createStore(createMemoryLog());
    const watch = store.watch('/registry/core/configmaps/', 0);
    const put = (name: string) =>
      store.commit([{ type: 'put', key: `/registry/core/configmaps/d/${name}`, value: { metadata: { name } } }]);
    for (const name of ['a', 'b', 'c']) await put(name);
    await store.compact(3);
    await put('d');
    const seen: number[] = [];
    for await (const batch of watch) {
      seen.push(...batch.map(({ revision }) => revision));
      if (seen.length === 4) break;
    }
    expect(seen).toEqual([1, 2, 3, 4]);
  });
});

describe('a watcher that never reads', () => {
  it('is cut off at a bound, and others see everything', async () => {
    const start = api.kernel.store.revision;
    const idle = await openWatch(start);
    idle.pause();
    const reading = eventsOf(await openWatch(start));
    // More than one connection may hold, and the kernels' buffers with it.
    const data = { text: 'x'.repeat(1_000_000) };
    const names = Array.from({ length: 40 }, (_, index) => `big${index}`);
    for (const name of names) {
      await write(name, data);
      expect((await reading.next()).value!.object.metadata.name).toBe(name);
    }
    let received = 0;
    const closed = new Promise((resolve) => idle.once('close', resolve));
    idle.on('data', (piece: Buffer) => {
      received += piece.length;
    });
    idle.resume();
    await closed;
    expect(received).toBeLessThan(40 * 1_000_000);
    expect(idle.complete).toBe(false);
    await write('after');
    expect((await reading.next()).value!.object.metadata.name).toBe('after');
    await api.kernel.store.commit(names.map((name) => ({ type: 'delete', key: PREFIX + name })));
  });
});
