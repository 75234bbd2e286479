/**
 * Reads one ref from the repository's files: a fraction of a millisecond where starting git takes several. Only the plain cases are answered; for
 * anything else git is asked. It never writes.
 */

import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type RefAnswer = { id: string } | 'absent' | 'ask git';

const LOOSE = /^([0-9a-f]{40})\n$/;

export async function readRefFile(gitDir: string, ref: string): Promise<RefAnswer> {
  const loose = readLooseRef(gitDir, ref);
  if (loose !== 'absent') return loose;
  const packed = await readFile(join(gitDir, 'packed-refs'), 'latin1').catch(undefinedWhenAbsent);
  for (const line of packed?.split('\n') ?? []) {
    if (line.length > 41 && line.slice(41) === ref && line[40] === ' ') return { id: line.slice(0, 40) };
  }
  // Between the two reads the ref may have been unpacked: look once more before calling it absent.
  return readLooseRef(gitDir, ref) === 'absent' ? 'absent' : 'ask git';
}

/** Whether the ref's own file says so; false when it cannot be read. */
export function isLooseRef(gitDir: string, ref: string, id: string): boolean {
  try {
    const answer = readLooseRef(gitDir, ref);
    return typeof answer === 'object' && answer.id === id;
  } catch {
    return false;
  }
}

/**
 * Only the ref's own file. At once, for a push waits for it: two calls of the system on 41 bytes take microseconds, where a turn of the thread pool takes
 * milliseconds on a busy host.
 */
function readLooseRef(gitDir: string, ref: string): RefAnswer {
  if (statSync(join(gitDir, 'reftable'), { throwIfNoEntry: false })) return 'ask git';
  try {
    const id = LOOSE.exec(readFileSync(join(gitDir, ref), 'latin1'))?.[1];
    return id ? { id } : 'ask git'; // symbolic, cut off, …
  } catch (error) {
    undefinedWhenAbsent(error as NodeJS.ErrnoException);
    return 'absent';
  }
}

function undefinedWhenAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EISDIR') return undefined;
  throw error;
}
