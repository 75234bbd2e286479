/** `.refletignore` against git's own reading of the same patterns. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { parseIgnoreRules } from '../../daemon/git/ignore.ts';
import { measured } from '../support/processor-time.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reflet-ignore-'));
  await run('git', ['init', '-q', folder]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What git says of each path, with the patterns as `.gitignore`. */
async function gitIgnores(patterns: string, paths: readonly string[]): Promise<boolean[]> {
  await writeFile(join(folder, '.gitignore'), patterns);
  const { stdout } = await run('git', ['-C', folder, 'check-ignore', '--no-index', '--stdin', '-z'], {
    input: `${paths.join('\0')}\0`,
  });
  const ignored = new Set(stdout.split('\0'));
  return paths.map((path) => ignored.has(path));
}

const PATHS = [
  'a.yaml',
  'b.yml',
  'd/a.yaml',
  'd/e/a.yaml',
  'charts/x/values.yaml',
  'x/charts/y.yaml',
  'a b.yaml',
  '#x.yaml',
  '!x.yaml',
  'a*b.yaml',
];

describe('ignore patterns', () => {
  it.each([
    '*.yml',
    'charts/',
    '/charts',
    'd/*.yaml',
    'd/**',
    '**/a.yaml',
    'd/**/a.yaml',
    '# comment\n\na.yaml',
    '*.yaml\n!a.yaml',
    '\\#x.yaml',
    '\\!x.yaml',
    '[ab].y*',
    '[!a].y*',
    'a\\*b.yaml',
    '?/a.yaml',
    'x/charts',
    'a.yaml   ',
  ])('%j mean what they mean to git', async (patterns) => {
    const rules = parseIgnoreRules(patterns);
    expect(PATHS.map((path) => rules.ignores(path))).toEqual(await gitIgnores(patterns, PATHS));
  });

  it('of any shape agree with git', async () => {
    const word = fc.constantFrom('a', 'd', 'e', '*', '?', '**', 'a*', '*.yaml', 'charts');
    const pattern = fc
      .tuple(fc.boolean(), fc.array(word, { minLength: 1, maxLength: 3 }), fc.boolean())
      .map(([rooted, words, isFolder]) => `${rooted ? '/' : ''}${words.join('/')}${isFolder ? '/' : ''}`);
    await fc.assert(
      fc.asyncProperty(fc.array(pattern, { minLength: 1, maxLength: 3 }), async (patterns) => {
        const text = patterns.join('\n');
        const rules = parseIgnoreRules(text);
        expect(PATHS.map((path) => rules.ignores(path))).toEqual(await gitIgnores(text, PATHS));
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it('cannot be made slow', () => {
    const rules = parseIgnoreRules(`${'*a'.repeat(200)}b`);
    const { result, processorMs } = measured(() => rules.ignores('a'.repeat(4_000)));
    expect(result).toBe(false);
    expect(processorMs).toBeLessThan(1_000);
  });
});
