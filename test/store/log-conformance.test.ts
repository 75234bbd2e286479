/** Every log backend keeps the same promises. */

import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encryptLog } from '../../daemon/store/encrypted-log.ts';
import { openFileLog } from '../../daemon/store/file-log.ts';
import type { Log } from '../../daemon/store/log.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';

const KEY = Buffer.alloc(32, 7);

const directories: string[] = [];
async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reflet-log-'));
  directories.push(directory);
  return directory;
}
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

const put = (key: string, revision: number) => ({
  operations: [{ type: 'put' as const, key, revision, value: Buffer.from(`{"k":"${key}"}`) }],
});

async function readAll(log: Log) {
  const seen: string[] = [];
  for await (const part of log.read()) {
    if ('snapshot' in part)
      seen.push(`snapshot ${part.snapshot.sequence}: ${[...part.snapshot.entries].map(({ key }) => key)}`);
    else seen.push(`${part.sequence}: ${part.batch.operations.map(({ type, key }) => `${type} ${key}`)}`);
  }
  return seen;
}

/** `reopen` gives a log on the same storage, as a restart would. */
const backends: Record<string, () => Promise<{ log: Log; reopen: () => Promise<Log> }>> = {
  memory: async () => {
    const log = createMemoryLog();
    return { log, reopen: async () => log };
  },
  file: async () => {
    const directory = await temporaryDirectory();
    const log = await openFileLog(directory);
    return {
      log,
      reopen: async () => {
        await log.close();
        return openFileLog(directory);
      },
    };
  },
  'encrypted file': async () => {
    const directory = await temporaryDirectory();
    const open = async () => encryptLog(await openFileLog(directory), { key: KEY, covers: (key) => key !== 'b' });
    const log = await open();
    return {
      log,
      reopen: async () => {
        await log.close();
        return open();
      },
    };
  },
};

describe.each(Object.entries(backends))('%s log', (_, create) => {
  it('gives back what was appended, in order, after a restart', async () => {
    const { log, reopen } = await create();
    await readAll(log);
    await Promise.all([log.append(put('a', 1), 1), log.append(put('b', 2), 2), log.append(put('c', 3), 3)]);
    const again = await reopen();
    expect(await readAll(again)).toEqual(['1: put a', '2: put b', '3: put c']);
    await again.close();
  });

  it('refuses a batch that is not the next one', async () => {
    const { log } = await create();
    await readAll(log);
    await log.append(put('a', 1), 1);
    await expect(log.append(put('b', 2), 3)).rejects.toThrow('does not follow 1');
    await log.append(put('b', 2), 2);
    await log.close();
  });

  it('begins with the newest snapshot, then goes on behind it', async () => {
    const { log, reopen } = await create();
    await readAll(log);
    await log.append(put('a', 1), 1);
    await log.append(put('b', 2), 2);
    const entries = [{ key: 'a', value: Buffer.from('{}'), createRevision: 1, modRevision: 1 }];
    await log.snapshot({ sequence: 2, revision: 2, compactedRevision: 0, entries, records: [] });
    await log.append(put('c', 3), 3);
    const again = await reopen();
    expect(await readAll(again)).toEqual(['snapshot 2: a', '3: put c']);
    await again.append(put('d', 4), 4);
    await again.close();
  });
});

describe('file log, damaged', () => {
  async function written() {
    const directory = await temporaryDirectory();
    const log = await openFileLog(directory);
    await readAll(log);
    for (let sequence = 1; sequence <= 3; sequence++) await log.append(put(`k${sequence}`, sequence), sequence);
    await log.close();
    const file = join(directory, (await readdir(directory))[0]!);
    return { directory, file };
  }

  it.each([1, 5, 20])('cuts a torn tail of %i bytes and goes on', async (bytes) => {
    const { directory, file } = await written();
    await truncate(file, (await readFile(file)).length - bytes);
    const log = await openFileLog(directory);
    expect(await readAll(log)).toEqual(['1: put k1', '2: put k2']);
    await log.append(put('again', 3), 3);
    await log.close();
    expect(await readAll(await openFileLog(directory))).toEqual(['1: put k1', '2: put k2', '3: put again']);
  });

  it('cuts garbage behind the last batch', async () => {
    const { directory, file } = await written();
    await appendFile(file, Buffer.alloc(64));
    expect(await readAll(await openFileLog(directory))).toHaveLength(3);
  });

  it('refuses a flipped byte before intact batches, and names file and place', async () => {
    const { directory, file } = await written();
    const bytes = await readFile(file);
    bytes[20]! ^= 0xff;
    await writeFile(file, bytes);
    await expect(readAll(await openFileLog(directory))).rejects.toThrow(
      /log-0+1 is damaged at byte 0, and intact batches follow/,
    );
  });
});

describe('a log that is encrypted in part', () => {
  const covers = (key: string) => key.startsWith('/secret/');
  const operation = (key: string, revision: number) => ({
    type: 'put' as const,
    key,
    revision,
    value: Buffer.from(JSON.stringify({ canary: key })),
  });
  const values = async (log: Log) => {
    const seen: string[] = [];
    for await (const part of log.read()) {
      const entries = 'snapshot' in part ? part.snapshot.entries : part.batch.operations;
      for (const { key, value } of entries) seen.push(`${key} ${Buffer.from(value!).toString('utf8')}`);
    }
    return seen;
  };

  it('leaves nothing of those values in its files, takes over plain ones, and is of no use with another key', async () => {
    const directory = await temporaryDirectory();
    const plain = await openFileLog(directory);
    await values(plain);
    await plain.append({ operations: [operation('/secret/old', 1)] }, 1);
    await plain.close();
    const log = encryptLog(await openFileLog(directory), { key: KEY, covers });
    expect(await values(log)).toEqual(['/secret/old {"canary":"/secret/old"}']);
    await log.append({ operations: [operation('/secret/a', 2), operation('/plain/b', 3)] }, 2);
    const entry = (key: string, modRevision: number) => ({
      ...operation(key, 0),
      createRevision: modRevision,
      modRevision,
    });
    await log.snapshot({
      sequence: 2,
      revision: 3,
      compactedRevision: 0,
      entries: [entry('/secret/old', 1), entry('/secret/a', 2), entry('/plain/b', 3)],
      records: [],
    });
    await log.close();
    const files = await Promise.all(
      (await readdir(directory)).map((name) => readFile(join(directory, name), 'latin1')),
    );
    expect(files.join()).toContain('"canary":"/plain/b"');
    expect(files.join()).not.toContain('"canary":"/secret');
    const again = encryptLog(await openFileLog(directory), { key: KEY, covers });
    expect(await values(again)).toHaveLength(3);
    await again.close();
    const stranger = encryptLog(await openFileLog(directory), { key: Buffer.alloc(32, 8), covers });
    await expect(values(stranger)).rejects.toThrow('/secret/old cannot be decrypted');
    await stranger.close();
  });
});
