/** A disk that answers EIO, on real files: nothing is acknowledged that is not on it, reading goes on, and writing does as soon as the disk does. */

import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createStore } from '../../daemon/store/create-store.ts';
import { openFileLog } from '../../daemon/store/file-log.ts';
import type { Store } from '../../daemon/store/store.ts';

const PREFIX = '/registry/core/configmaps/default/';

/** What fails now: `write` after half of the bytes are out, `truncate` and `sync` at once. */
const failing = new Set<'write' | 'truncate' | 'sync' | 'open'>();
const eio = (call: string) => Object.assign(new Error(`EIO: i/o error, ${call}`), { code: 'EIO' });

async function openFailing(path: string, flags: number, mode: number): Promise<FileHandle> {
  if (failing.has('open')) throw eio('open');
  const handle = await open(path, flags, mode);
  const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
  return Object.assign(handle, {
    async write(bytes: Buffer, offset: number, length: number, position: number) {
      if (!failing.has('write')) return write(bytes, offset, length, position);
      await write(bytes, offset, Math.ceil(length / 2), position);
      throw eio('write');
    },
    truncate: guarded('truncate', handle.truncate.bind(handle)),
    sync: guarded('sync', handle.sync.bind(handle)),
  });
}

const guarded =
  <T extends unknown[]>(call: 'truncate' | 'sync', act: (...args: T) => Promise<void>) =>
  async (...args: T): Promise<void> => {
    if (failing.has(call)) throw eio(call);
    await act(...args);
  };

let directory: string;
let store: Store;
const openStore = async () => createStore(await openFileLog(directory, openFailing));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-eio-'));
  failing.clear();
  store = await openStore();
});
afterEach(async () => {
  failing.clear();
  await store.close();
  await rm(directory, { recursive: true });
});

const put = (name: string) => {
  const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
  return store.commit([{ type: 'put', key: PREFIX + name, value }]);
};
const names = () => store.range(PREFIX).entries.map(({ value }) => value.metadata?.name);
const refusal = { status: { code: 503, message: expect.stringContaining('was not done: EIO: i/o error') } };

it.each([
  ['writing', ['write']],
  ['opening', ['open']],
  ['writing, and cutting off what was half written', ['write', 'truncate']],
  ['writing, and syncing', ['write', 'sync']],
] as const)(
  'fails at %s: 503, then it goes on, and a restart finds exactly what was acknowledged',
  async (_at, calls) => {
    if (!calls.includes('open' as never)) await put('before');
    const { revision } = store;
    for (const call of calls) failing.add(call);
    await expect(put('lost')).rejects.toMatchObject(refusal);
    await expect(Promise.all([put('lost-too'), put('lost-as-well')])).rejects.toMatchObject(refusal);
    expect([names(), store.revision]).toEqual([revision > 0 ? ['before'] : [], revision]);
    failing.clear();
    expect(await put('after')).toMatchObject({ ok: true });
    const acknowledged = names();
    expect(acknowledged).toEqual(revision > 0 ? ['after', 'before'] : ['after']);
    // As after a crash: nothing is closed in order.
    const again = await openStore();
    expect(again.range(PREFIX).entries.map(({ value }) => value.metadata?.name)).toEqual(acknowledged);
    expect(again.revision).toBe(store.revision);
    await again.close();
  },
);
