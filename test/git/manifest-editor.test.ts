/** Taking documents out of files of several. */

import { describe, expect, it } from 'vitest';
import { removeDocument } from '../../daemon/git/manifest-editor.ts';

describe('removeDocument', () => {
  it.each([
    ['a: 1\n---\nb: 2\n---\nc: 3\n', 1, 'a: 1\n---\nc: 3\n'],
    ['a: 1\n---\nb: 2\n', 1, 'a: 1\n'],
    ['a: 1\n---\nb: 2\n', 0, '---\nb: 2\n'],
    ['# head\n---\na: 1\n---\n# about b\nb: 2\n', 1, '# head\n---\na: 1\n'],
    ['# head\n---\na: 1\n---\nb: 2\n', 0, '---\nb: 2\n'],
    ['---\na: 1\r\n---\r\nb: |\r\n  ---\r\n  x\r\n---\r\nc: 3\r\n', 1, '---\na: 1\r\n---\r\nc: 3\r\n'],
  ])('%j without %i', (text, index, expected) => {
    expect(removeDocument(text, index)).toBe(expected);
  });

  it('leaves nothing of the last one', () => {
    expect(removeDocument('---\na: 1\n---\n# empty\n', 0)).toBeUndefined();
  });
});
