/**
 * A commit as git stores it: parents, tree, message, trailers. Reading is bounded; parsing is pure.
 */

import { COMMIT_BYTES_MAX } from './limits.ts';
import type { ObjectReader } from './object-reader.ts';

export interface CommitObject {
  tree: string;
  parents: readonly string[];
  message: string;
  isSigned: boolean;
}

/** Throws when it is missing, no commit, or larger than any honest one. */
export async function readCommit(reader: ObjectReader, id: string): Promise<CommitObject> {
  const info = await reader.info(id);
  if (info?.type !== 'commit') throw new Error(`commit ${id} is missing in the repository`);
  if (info.size > COMMIT_BYTES_MAX)
    throw new Error(`commit ${id} has ${info.size} bytes, more than ${COMMIT_BYTES_MAX}`);
  return parseCommit((await reader.read(id))!.content);
}

function parseCommit(content: Buffer): CommitObject {
  const text = content.toString('utf8');
  const end = text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  const tree = /^tree ([0-9a-f]{40})$/m.exec(head)?.[1];
  if (tree === undefined) throw new Error('a commit without a tree');
  return {
    tree,
    parents: [...head.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, id]) => id!),
    message: end < 0 ? '' : text.slice(end + 2),
    isSigned: /^gpgsig /m.test(head),
  };
}

/** `Key: value` lines of the message's last paragraph (git-interpret-trailers), keys in lower case. */
export function trailersOf(message: string): readonly { key: string; value: string }[] {
  const paragraphs = message.trimEnd().split(/\n[ \t]*\n/);
  if (paragraphs.length < 2) return [];
  const lines = paragraphs.at(-1)!.split('\n');
  return lines.flatMap((line) => {
    const parts = /^([A-Za-z][A-Za-z0-9-]*): *(.*)$/.exec(line);
    return parts ? [{ key: parts[1]!.toLowerCase(), value: parts[2]!.trim() }] : [];
  });
}
