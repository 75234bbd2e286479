/** Bodies in YAML, read as the API server reads them. */

import { describe, expect, it } from 'vitest';
import { StatusError } from '../../daemon/base/status.ts';
import { readYamlBody } from '../../daemon/bin/yaml-body.ts';
import { readManifests } from '../../daemon/yaml/read.ts';

const read = (text: string) =>
  readYamlBody({ read: async (given, options) => readManifests(given, options), close: async () => {} }, text);

describe('a body in YAML', () => {
  it('is its first document, whatever follows', async () => {
    expect(await read('a: 1\n---\na: 2\n')).toEqual({ value: { a: 1 }, duplicateFields: [], yamlErrors: [] });
    expect(await read('---\n---\na: 2\n')).toEqual({ value: null, duplicateFields: [] });
    expect(await read('a: 1\n---\na: [\n')).toEqual({ value: { a: 1 }, duplicateFields: [], yamlErrors: [] });
    await expect(read('a: [\n')).rejects.toBeInstanceOf(StatusError);
  });

  it('names what is set twice by its line and key, the inner first', async () => {
    const text = 'a:\n  b: 1\n  b: 2\na:\n  c: 3\n"d e": 4\n"d e": 5\n';
    expect(await read(text)).toEqual({
      value: { a: { c: 3 }, 'd e': 5 },
      duplicateFields: [],
      yamlErrors: [
        'line 3: key "b" already set in map',
        'line 5: key "a" already set in map',
        'line 7: key "d e" already set in map',
      ],
    });
  });
});
