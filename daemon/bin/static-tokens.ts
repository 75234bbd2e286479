/**
 * Static bearer tokens as kube-apiserver's `--token-auth-file` has them: one `token,user,uid,"group1,group2"` a line (RFC 4180, the groups optional).
 */

import type { StaticToken } from '../auth/static-token.ts';
import { readIfPresent } from '../base/secret-file.ts';

/** One field, quoted or not, and what ends it. */
const FIELD = /("(?:[^"]|"")*"|[^",]*)(,|$)/y;

/** Throws with file and line for a line that is not of the form. A file that is not there is no tokens, unless it was asked for. */
export async function readStaticTokens(path: string, isRequired: boolean): Promise<StaticToken[]> {
  const text = await readIfPresent(path);
  if (text === undefined && isRequired) throw new Error(`--token-auth-file ${path}: there is no such file`);
  return (text ?? '').split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [token = '', username = '', uid = '', groups = ''] = fieldsOf(line.trim()) ?? [];
    if (!token || !username) throw new Error(`${path}:${index + 1}: expected token,user,uid,"group1,group2"`);
    const named = groups
      .split(',')
      .map((group) => group.trim())
      .filter((group) => group !== '');
    return [{ token, user: { username, ...(uid ? { uid } : {}), groups: named } }];
  });
}

function fieldsOf(line: string): string[] | undefined {
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  for (;;) {
    const match = FIELD.exec(line);
    if (!match) return undefined;
    const [, field = '', end] = match;
    fields.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field.trim());
    if (end === '') return fields;
  }
}
