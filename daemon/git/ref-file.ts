/**
 * Reads one ref from the repository's files: a fraction of a millisecond where starting git takes several. Only the plain cases are answered; for
 * anything else git is asked. It never writes.
 */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

export type RefAnswer = { id: string } | 'absent' | 'ask git';

const LOOSE = /^([0-9a-f]{40})\n$/;

export async function readRefFile(gitDir: string, ref: string): Promise<RefAnswer> {
  if (await exists(join(gitDir, 'reftable'))) return 'ask git';
  const loose = await readText(join(gitDir, ref));
  if (loose !== undefined) {
    const id = LOOSE.exec(loose)?.[1];
    return id ? { id } : 'ask git'; // symbolic, cut off, …
  }
  const packed = await readText(join(gitDir, 'packed-refs'));
  for (const line of packed?.split('\n') ?? []) {
    if (line.length > 41 && line.slice(41) === ref && line[40] === ' ') return { id: line.slice(0, 40) };
  }
  // Between the two reads the ref may have been unpacked: look once more before calling it absent.
  return (await exists(join(gitDir, ref))) ? 'ask git' : 'absent';
}

function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EISDIR') return undefined;
    throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() || path.endsWith('reftable'),
    () => false,
  );
}
