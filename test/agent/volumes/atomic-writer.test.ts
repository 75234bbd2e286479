import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePayload } from '../../../daemon/agent/volumes/atomic-writer.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-volume-'));
});
afterEach(() => rm(directory, { recursive: true }));

const payload = (files: Record<string, string>, mode = 0o644) =>
  new Map(Object.entries(files).map(([path, text]) => [path, { content: Buffer.from(text), mode }]));

describe('atomic writer', () => {
  it('shows the files through links and keeps their modes', async () => {
    expect(await writePayload(directory, payload({ 'a.txt': 'one', 'd/b.txt': 'two' }, 0o600), {})).toBe(true);
    expect(await readFile(join(directory, 'd/b.txt'), 'utf8')).toBe('two');
    expect(await readlink(join(directory, 'a.txt'))).toBe('..data/a.txt');
    expect((await stat(join(directory, 'a.txt'))).mode & 0o777).toBe(0o600);
  });

  it('switches all files at once, drops what is gone, and leaves equal content alone', async () => {
    await writePayload(directory, payload({ a: '1', b: '1' }), {});
    const before = await readlink(join(directory, '..data'));
    expect(await writePayload(directory, payload({ a: '1', b: '1' }), {})).toBe(false);
    expect(await readlink(join(directory, '..data'))).toBe(before);
    expect(await writePayload(directory, payload({ b: '2', c: '2' }), {})).toBe(true);
    expect((await readdir(directory)).filter((name) => !name.startsWith('..')).sort()).toEqual(['b', 'c']);
    expect((await readdir(directory)).filter((name) => name.startsWith('..')).length).toBe(2);
    expect(await readFile(join(directory, 'b'), 'utf8')).toBe('2');
  });
});
