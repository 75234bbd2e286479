/** Lists as they are written out: what items say of their type. */

import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { sendList } from '../../../daemon/api/http/list-answer.ts';
import { negotiate, PROTOBUF } from '../../../daemon/api/http/negotiate.ts';
import { createTurnQueue } from '../../../daemon/base/turn.ts';
import { configMap } from '../../../daemon/kinds/configmaps/kind.ts';
import type { Kind } from '../../../daemon/kinds/kind.ts';
import { loadSchemas } from '../../../daemon/schema/load.ts';
import { createProtobufCodec } from '../../../daemon/schema/protobuf.ts';

class Answer extends Writable {
  readonly req = { headers: {} };
  readonly headersSent = false;
  text = '';
  setHeader(): void {}
  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.text += piece.toString('utf8');
    done();
  }
}

async function listOf(kind: Kind, accept: string, pretty = false): Promise<string> {
  const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
  const page = { metadata: { resourceVersion: '7' }, entries: [{ value, json: Buffer.from(JSON.stringify(value)) }] };
  const answer = new Answer();
  const options = { form: negotiate(accept, pretty), include: 'Metadata' as const, now: 0 };
  await sendList(answer as never, kind, page as never, options, createTurnQueue());
  return answer.text;
}

const typed = configMap as unknown as Kind;
const custom: Kind = { ...typed, schema: { type: 'object' } };

it('items of a typed list do not say what they are', async () => {
  const list = {
    kind: 'ConfigMapList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '7' },
    items: [{ metadata: { name: 'a' } }],
  };
  expect(JSON.parse(await listOf(typed, 'application/json'))).toEqual(list);
  expect(JSON.parse(await listOf(typed, 'application/json', true))).toEqual(list);
  expect(await listOf(typed, 'application/yaml')).toContain('items:\n- metadata:\n    name: a\n');
});

it('items of a custom list do, and the list says that it ends', async () => {
  const list = {
    kind: 'ConfigMapList',
    apiVersion: 'v1',
    metadata: { continue: '', resourceVersion: '7' },
    items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }],
  };
  expect(JSON.parse(await listOf(custom, 'application/json'))).toEqual(list);
  expect(JSON.parse(await listOf(custom, 'application/json', true))).toEqual(list);
});

it('a list of many and of large items is written whole, in several pieces', async () => {
  const entries = Array.from({ length: 300 }, (_, index) => {
    const data = { text: 'é'.repeat(index % 50 === 0 ? 200_000 : 1_000) };
    const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${index}` }, data };
    return { value, json: Buffer.from(JSON.stringify(value)) };
  });
  for (const accept of ['application/json', 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1']) {
    const answer = new Answer();
    const options = { form: negotiate(accept, false), include: 'Metadata' as const, now: 0 };
    await sendList(
      answer as never,
      typed,
      { metadata: { resourceVersion: '7' }, entries } as never,
      options,
      createTurnQueue(),
    );
    const { items } = JSON.parse(answer.text) as { items: { metadata: object; data?: object }[] };
    expect(items.map(({ metadata }) => metadata)).toMatchObject(entries.map(({ value }) => value.metadata));
    if (accept === 'application/json')
      expect(items.map(({ data }) => data)).toEqual(entries.map(({ value }) => value.data));
  }
});

it('however many lists are asked for at a time, a turn of the event loop makes a piece of one of them', async () => {
  const codec = createProtobufCodec(loadSchemas());
  let turn = 0;
  const madeIn = new Map<number, Set<number>>();
  const lists = Array.from({ length: 6 }, (_, list) => {
    const encodeItem: typeof codec.encodeItem = (object) => {
      madeIn.set(turn, (madeIn.get(turn) ?? new Set()).add(list));
      const end = performance.now() + 0.5;
      while (performance.now() < end); // some items make a piece late
      return codec.encodeItem(object);
    };
    return {
      form: negotiate(PROTOBUF, false, { protobuf: { ...codec, encodeItem } }),
      include: 'Metadata' as const,
      now: 0,
    };
  });
  const entries = Array.from({ length: 64 }, (_, index) => {
    const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${index}` } };
    return { value, json: Buffer.from(JSON.stringify(value)) };
  });
  let isOver = false;
  const count = () => {
    turn += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const turns = createTurnQueue();
  const page = { metadata: { resourceVersion: '7' }, entries } as never;
  await Promise.all(lists.map((options) => sendList(new Answer() as never, typed, page, options, turns)));
  isOver = true;
  madeIn.delete(0); // all of them begin at once here, which the server sees to that they do not
  expect(madeIn.size).toBeGreaterThanOrEqual(6 * 3);
  expect([...madeIn.values()].map(({ size }) => size)).toEqual([...madeIn.keys()].map(() => 1));
});
