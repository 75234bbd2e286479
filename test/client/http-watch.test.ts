/** Watches as they are on the wire: lines of JSON, in each form, from each beginning, to each end. */

import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { HttpClient } from '../../daemon/client/http.ts';
import { CONFIG_MAPS as RESOURCE } from '../../daemon/kinds/resources.ts';
import { type ApiUnderTest, NAMESPACE, startApi } from './api-server.ts';

const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

let api: ApiUnderTest;
let client: HttpClient;
beforeAll(async () => {
  api = await startApi();
  client = api.client();
});
afterAll(() => api?.close());

// biome-ignore lint/suspicious/noExplicitAny: events of every shape
type Event = { type: string; object: any };

interface Stream {
  code: number;
  contentType: string | undefined;
  next(): Promise<Event | undefined>;
}

/** Opens a watch; it ends with the test. */
async function watch(query: string, accept = 'application/json'): Promise<Stream> {
  const pair = await api.pki.issueClient('system:admin', ['system:masters']);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: api.port,
      ca: api.pki.caCertificate,
      cert: pair.certificate,
      key: pair.key,
      agent: false,
    };
    const sent = request(
      { ...options, path: `${CONFIG_MAPS}?watch=true&${query}`, headers: { Accept: accept } },
      resolve,
    );
    sent.on('error', reject);
    onTestFinished(() => void sent.destroy());
    sent.end();
  });
  answer.on('error', () => {}); // cut off when the test ends
  const lines = createInterface({ input: answer })[Symbol.asyncIterator]();
  return {
    code: answer.statusCode ?? 0,
    contentType: answer.headers['content-type'],
    async next() {
      const { done, value } = await lines.next();
      return done ? undefined : (JSON.parse(value) as Event);
    },
  };
}

const make = (name: string, data: Record<string, string> = {}) =>
  client.create(RESOURCE, { metadata: { name, namespace: NAMESPACE }, data });
const lineOf = (event: Event | undefined) => event && `${event.type} ${event.object.metadata?.name ?? ''}`.trim();
const now = () => `resourceVersion=${api.kernel.store.revision}`;

describe('a watch', () => {
  it('has begun before anything happens', async () => {
    const { code, contentType } = await watch(now());
    expect([code, contentType]).toEqual([200, 'application/json']);
  });

  it('begins with what there is when no revision is given', async () => {
    await make('present');
    const stream = await watch('fieldSelector=metadata.name%3Dpresent');
    expect(lineOf(await stream.next())).toBe('ADDED present');
  });

  it('resumes after the revision of any event, with nothing lost and nothing twice', async () => {
    const start = now();
    for (const name of ['r1', 'r2', 'r3']) await make(name);
    const first = await watch(start);
    const events = [await first.next(), await first.next(), await first.next()];
    expect(events.map(lineOf)).toEqual(['ADDED r1', 'ADDED r2', 'ADDED r3']);
    const again = await watch(`resourceVersion=${events[0]!.object.metadata.resourceVersion}`);
    expect([await again.next(), await again.next()].map(lineOf)).toEqual(['ADDED r2', 'ADDED r3']);
  });

  it('gives a deleted object as it was, at the revision of its deletion', async () => {
    await make('doomed', { a: '1' });
    const stream = await watch(now());
    await client.delete(RESOURCE, { namespace: NAMESPACE, name: 'doomed' });
    const event = await stream.next();
    expect(event).toMatchObject({ type: 'DELETED', object: { kind: 'ConfigMap', data: { a: '1' } } });
    expect(event?.object.metadata.resourceVersion).toBe(String(api.kernel.store.revision));
  });

  it('says that a revision is gone in an event, and ends', async () => {
    const start = now();
    await make('compacted');
    await api.kernel.store.compact(api.kernel.store.revision);
    const stream = await watch(start);
    expect(stream.code).toBe(200);
    expect(await stream.next()).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired' },
    });
    expect(await stream.next()).toBeUndefined();
  });

  it('streams a list and marks its end with a bookmark', async () => {
    await make('listed');
    const query =
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dlisted';
    const stream = await watch(query);
    expect(lineOf(await stream.next())).toBe('ADDED listed');
    expect(await stream.next()).toEqual({
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: {
          resourceVersion: String(api.kernel.store.revision),
          creationTimestamp: null,
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    });
  });

  it('ends in order after the time that was asked for', async () => {
    const began = performance.now();
    const stream = await watch(`${now()}&timeoutSeconds=1`);
    expect(await stream.next()).toBeUndefined();
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  it('speaks in tables, whose columns come once', async () => {
    const stream = await watch(now(), TABLE);
    await make('row-1', { a: '1' });
    await make('row-2');
    const [first, second] = [await stream.next(), await stream.next()];
    expect(first).toMatchObject({ type: 'ADDED', object: { kind: 'Table', apiVersion: 'meta.k8s.io/v1' } });
    expect(first!.object.rows[0].cells.slice(0, 2)).toEqual(['row-1', 1]);
    expect(first!.object.columnDefinitions).toHaveLength(3);
    expect(second!.object.rows[0].cells[0]).toBe('row-2');
    expect(second!.object.columnDefinitions).toBeFalsy();
  });

  it('speaks in metadata only', async () => {
    const stream = await watch(now(), 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io');
    await make('partial', { a: '1' });
    const event = await stream.next();
    expect(event).toMatchObject({
      type: 'ADDED',
      object: { kind: 'PartialObjectMetadata', metadata: { name: 'partial' } },
    });
    expect(event!.object).not.toHaveProperty('data');
  });

  it('of a client that goes away costs nothing any more', async () => {
    const abort = new AbortController();
    const events = client.watch(RESOURCE, { resourceVersion: String(api.kernel.store.revision), signal: abort.signal });
    const next = events[Symbol.asyncIterator]().next();
    await make('before-abort');
    await next;
    abort.abort();
    await make('after-abort');
    expect((await api.ask('GET', '/livez')).text).toBe('ok');
  });
});
