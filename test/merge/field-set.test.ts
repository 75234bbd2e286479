import { expect, it } from 'vitest';
import { EMPTY_SET, equalSets, type FieldSet, sortedSet } from '../../daemon/merge/field-set.ts';

const leaf = EMPTY_SET;

it('writes steps in the order of structured-merge-diff', () => {
  const set: FieldSet = {
    'f:spec': {
      'f:ports': { 'k:{"port":8080}': { 'f:port': leaf, '.': leaf, 'f:name': leaf }, 'k:{"port":80}': leaf },
      'f:args': { 'i:10': leaf, 'i:9': leaf, 'v:"b"': leaf, 'v:"a"': leaf },
    },
    'f:metadata': { 'f:labels': { 'f:b': leaf, 'f:B': leaf, '.': leaf } },
  };
  const sorted = sortedSet(set);
  expect(JSON.stringify(sorted)).toBe(
    JSON.stringify({
      'f:metadata': { 'f:labels': { '.': {}, 'f:B': {}, 'f:b': {} } },
      'f:spec': {
        'f:args': { 'v:"a"': {}, 'v:"b"': {}, 'i:9': {}, 'i:10': {} },
        'f:ports': { 'k:{"port":80}': {}, 'k:{"port":8080}': { '.': {}, 'f:name': {}, 'f:port': {} } },
      },
    }),
  );
  expect(equalSets(sorted, set)).toBe(true);
});

it('leaves a sorted set as it is, and the sorted parts of another', () => {
  const sorted: FieldSet = { 'f:a': { '.': leaf, 'f:x': leaf }, 'f:b': leaf };
  expect(sortedSet(sorted)).toBe(sorted);
  expect(sortedSet({ 'f:c': leaf, ...sorted })['f:a']).toBe(sorted['f:a']);
});
