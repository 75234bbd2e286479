/**
 * Static bearer tokens, `DIR/keys/tokens.csv`: one `token,user,uid,"group1,group2"` a line, as kube-apiserver's `--token-auth-file`.
 */

import { join } from 'node:path';
import type { StaticToken } from '../auth/authenticate.ts';
import { readIfPresent } from '../auth/pki.ts';

const LINE = /^([^,\s]+),([^,]+),([^,]*)(?:,"?([^"]*)"?)?$/;

/** No file is no tokens. Throws with file and line for a line that is not of the form. */
export async function readStaticTokens(keysDir: string): Promise<StaticToken[]> {
  const path = join(keysDir, 'tokens.csv');
  const text = await readIfPresent(path);
  return (text ?? '').split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const match = LINE.exec(line.trim());
    if (!match) throw new Error(`${path}:${index + 1}: expected token,user,uid,"group1,group2"`);
    const [, token = '', username = '', uid = '', groups = ''] = match;
    return [
      { token, user: { username, ...(uid ? { uid } : {}), groups: groups.split(',').filter((group) => group !== '') } },
    ];
  });
}
