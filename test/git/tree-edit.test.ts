/** Spliced trees against those that git makes of the same files; objects against git's own hashing. */

import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readCommit, readTree } from 'isomorphic-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemIds } from '../../daemon/base/clock.ts';
import { run } from '../../daemon/base/process.ts';
import {
  encodeCommit,
  type LooseObjects,
  makeObject,
  storeLooseObjects,
} from '../../daemon/git/write-back/loose-objects.ts';
import { editTree } from '../../daemon/git/write-back/tree-edit.ts';

let gitDir: string;
beforeAll(async () => {
  gitDir = await mkdtemp(join(tmpdir(), 'reflet-tree-'));
  await run('git', ['init', '-q', '--bare', gitDir]);
});
afterAll(() => rm(gitDir, { recursive: true, force: true }));

const git = async (args: string[], input = '') =>
  (await run('git', [`--git-dir=${gitDir}`, ...args], { input })).stdout.trim();

/** The tree that git makes of these files. */
async function gitTree(files: ReadonlyMap<string, string>): Promise<string | undefined> {
  const env = { GIT_INDEX_FILE: join(gitDir, 'test-index') };
  await rm(env.GIT_INDEX_FILE, { force: true });
  const input = [...files].map(([path, id]) => `100644 ${id}\t${path}\n`).join('');
  await run('git', [`--git-dir=${gitDir}`, 'update-index', '--add', '--index-info'], { input, env });
  const { stdout } = await run('git', [`--git-dir=${gitDir}`, 'write-tree', '--missing-ok'], { env });
  return files.size === 0 ? undefined : stdout.trim();
}

describe('editTree', () => {
  it('gives the trees that git gives, whatever is added, changed and removed', async () => {
    const segment = fc.constantFrom('a', 'a-', 'a.', 'a0', 'ab', 'b', 'ä', 'z.yaml');
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const edit = fc.tuple(path, fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }));
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 12 }), async (edits) => {
        const trees = new Map<string, Buffer>();
        const objects: LooseObjects = new Map();
        const store = {
          read: async (id: string) => trees.get(id)!,
          write(content: Buffer) {
            const id = makeObject(objects, 'tree', content);
            trees.set(id, content);
            return id;
          },
        };
        const files = new Map<string, string>();
        let root: string | undefined;
        for (const [name, number] of edits) {
          const blob = number === undefined ? undefined : String(number).repeat(40);
          const clashes = [...files.keys()].some(
            (other) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`),
          );
          if (clashes) continue; // a folder and a file of one name: not what writes do
          if (blob) files.set(name, blob);
          else files.delete(name);
          root = await editTree(store, root, new Map([[name, blob]]));
          expect(root).toBe(await gitTree(files));
        }
      }),
      { numRuns: 25, seed: 11 },
    );
  });
});

describe('objects', () => {
  it('are what git and isomorphic-git read, large ones too', async () => {
    const objects: LooseObjects = new Map();
    const blob = makeObject(objects, 'blob', Buffer.from('hello\n'));
    const large = makeObject(objects, 'blob', Buffer.alloc(100_000, 'x'));
    const entry = (name: string, id: string) =>
      Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(id, 'hex')]);
    const tree = makeObject(objects, 'tree', Buffer.concat([entry('a', blob), entry('b', large)]));
    const author = { name: 'alice', email: 'alice@reflet', timestamp: 1_700_000_000 };
    const committer = { name: 'reflet', email: 'reflet@reflet', timestamp: 1_700_000_001 };
    const commit = makeObject(
      objects,
      'commit',
      encodeCommit({ tree, parent: undefined, message: 'One\n\nTwo.\n', author, committer }),
    );
    await storeLooseObjects(gitDir, objects, systemIds);
    expect(await git(['log', '-1', '--format=%an <%ae> %at|%cn %ct|%B', commit])).toBe(
      'alice <alice@reflet> 1700000000|reflet 1700000001|One\n\nTwo.',
    );
    expect(await git(['cat-file', '-s', large])).toBe('100000');
    expect((await run('git', [`--git-dir=${gitDir}`, 'fsck', '--strict', commit])).exitCode).toBe(0);
    const read = await readCommit({ fs, gitdir: gitDir, oid: commit });
    expect(read.commit.author).toMatchObject({ name: 'alice', timestamp: 1_700_000_000, timezoneOffset: 0 });
    expect((await readTree({ fs, gitdir: gitDir, oid: tree })).tree.map(({ path }) => path)).toEqual(['a', 'b']);
  });
});
