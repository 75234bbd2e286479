/** Packs of our own making, as git and isomorphic-git read them. */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readBlob, readTree } from 'isomorphic-git';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemIds } from '../../daemon/base/clock.ts';
import { run } from '../../daemon/base/process.ts';
import { type LooseObjects, makeObject } from '../../daemon/git/write-back/loose-objects.ts';
import { encodePack } from '../../daemon/git/write-back/pack.ts';
import { placePack, removePack, removeTornPacks } from '../../daemon/git/write-back/place-pack.ts';

let gitDir: string;
beforeEach(async () => {
  gitDir = await mkdtemp(join(tmpdir(), 'reflet-pack-'));
  await run('git', ['init', '-q', '--bare', gitDir]);
});
afterEach(() => rm(gitDir, { recursive: true, force: true }));

async function git(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run('git', [`--git-dir=${gitDir}`, ...args]);
  if (exitCode !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
  return stdout;
}
const packs = async () => (await readdir(join(gitDir, 'objects/pack'))).sort();

/** A tree of so many files; `changed`: those that hold something else. */
function folder(files: number, changed: readonly number[] = []): Buffer {
  const entry = (index: number) => {
    const id = createHash('sha1')
      .update(`${index} ${changed.filter((one) => one === index).length}`)
      .digest();
    return Buffer.concat([Buffer.from(`100644 file-${String(index).padStart(5, '0')}.yaml\0`), id]);
  };
  return Buffer.concat(Array.from({ length: files }, (_, index) => entry(index)));
}

describe('a pack', () => {
  it('holds what was put into it, as git and isomorphic-git read it', async () => {
    const content = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ minLength: 900, maxLength: 70_000 }));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(content, { minLength: 1, maxLength: 20 }), async (texts) => {
        const objects: LooseObjects = new Map();
        const ids = texts.map((text) => makeObject(objects, 'blob', Buffer.from(text)));
        const [path = ''] = await placePack(gitDir, objects, systemIds);
        await git('verify-pack', join(gitDir, 'objects', path));
        for (const [index, id] of ids.entries()) {
          expect(await git('cat-file', 'blob', id)).toBe(texts[index]);
          const { blob } = await readBlob({ fs, gitdir: gitDir, oid: id });
          expect(Buffer.from(blob).toString()).toBe(texts[index]);
        }
      }),
      { numRuns: 5, seed: 12 },
    );
  });

  it('is made in turns, however much it holds', async () => {
    const objects: LooseObjects = new Map();
    for (let count = 0; count < 100; count++) makeObject(objects, 'tree', folder(2_000, [count]));
    let turns = 0;
    const tick = () => {
      turns++;
      next = setImmediate(tick);
    };
    let next = setImmediate(tick);
    await encodePack([...objects].map(([file, loose]) => [file.replace('/', ''), loose] as const));
    clearImmediate(next);
    expect(turns).toBeGreaterThan(2);
  });

  it('holds a folder that changes again and again as differences', async () => {
    const objects: LooseObjects = new Map();
    const changes = Array.from({ length: 100 }, (_, index) => (index * 37) % 2_000);
    const ids = changes.flatMap((_, count) => [
      makeObject(objects, 'tree', folder(2_000, changes.slice(0, count))),
      makeObject(objects, 'tree', folder(3, [count % 3, ...changes.slice(0, count)])),
    ]);
    const [path = ''] = await placePack(gitDir, objects, systemIds);
    const { pack } = await encodePack([...objects].map(([file, loose]) => [file.replace('/', ''), loose] as const));
    expect(pack.length).toBeLessThan(5 * folder(2_000).length);
    await git('verify-pack', join(gitDir, 'objects', path));
    for (const id of new Set(ids)) expect((await git('ls-tree', id)).split('\n').length).toBeGreaterThan(3);
    const last = folder(2_000, changes.slice(0, 99));
    expect(makeObject(new Map(), 'tree', last)).toBe(ids.at(-2));
    expect((await readTree({ fs, gitdir: gitDir, oid: ids.at(-2)! })).tree).toHaveLength(2_000);
  });

  it.each([
    ['is superseded', (paths: string[]) => removePack(gitDir, paths)],
    [
      'is torn',
      async ([path = '']: string[]) => {
        await truncate(join(gitDir, 'objects', path), 20);
        await removeTornPacks(gitDir);
      },
    ],
  ])('that %s is taken away from an index of many packs too', async (_how, remove) => {
    const objects: LooseObjects = new Map();
    const id = makeObject(objects, 'blob', Buffer.from('one'));
    const paths = await placePack(gitDir, objects, systemIds);
    await git('multi-pack-index', 'write');
    makeObject(objects, 'blob', Buffer.from('two'));
    await placePack(gitDir, objects, systemIds);
    await remove(paths);
    expect(await git('cat-file', 'blob', id)).toBe('one');
    await git('fsck', '--full', '--strict');
  });

  it('leaves nothing behind when its index cannot be written', async () => {
    const objects: LooseObjects = new Map();
    makeObject(objects, 'blob', Buffer.from('text'));
    const names = ['first', 'no/folder'];
    const ids = { ...systemIds, uid: () => names.shift()! };
    await expect(placePack(gitDir, objects, ids)).rejects.toThrow('ENOENT');
    expect(await packs()).toEqual([]);
  });

  it.each([
    ['its end', (size: number) => size - 1],
    ['all of it', () => 0],
  ])('that lost %s in a crash is taken away, whichever of its files it was', async (_what, lengthOf) => {
    for (const ending of ['.pack', '.idx']) {
      const objects: LooseObjects = new Map();
      const id = makeObject(objects, 'blob', Buffer.from(ending));
      await placePack(gitDir, objects, systemIds);
      const whole: LooseObjects = new Map();
      makeObject(whole, 'blob', Buffer.from('whole'));
      const kept = await placePack(gitDir, whole, systemIds);
      const torn = join(
        gitDir,
        'objects/pack',
        (await packs()).find((file) => file.endsWith(ending) && !kept.includes(`pack/${file}`))!,
      );
      await truncate(torn, lengthOf(fs.statSync(torn).size));
      await removeTornPacks(gitDir);
      expect((await packs()).map((file) => `pack/${file}`)).toEqual(kept.toSorted());
      await expect(git('cat-file', '-e', id)).rejects.toThrow();
      await git('fsck', '--full', '--strict');
    }
  });
});
