/** Removing and appending entries of flow collections (`{a: 1, b: 2}`, JSON), commas and line layout kept. Pure. */

import type { Splice } from './editor.ts';
import { isFirstOnLine, lineStart } from './source.ts';

export interface FlowEntry {
  readonly start: number;
  readonly end: number;
  readonly gone: boolean;
}

function removals(entries: readonly FlowEntry[]): Splice[] {
  const out: Splice[] = [];
  for (let index = 0; index < entries.length; index++) {
    if (!entries[index]!.gone) continue;
    let last = index;
    while (entries[last + 1]?.gone) last++;
    const next = entries[last + 1];
    // In front of a kept entry: up to its start. At the end: from the end of the last kept one, with the comma.
    if (next) out.push({ start: entries[index]!.start, end: next.start, text: '' });
    else out.push({ start: entries[index - 1]?.end ?? entries[index]!.start, end: entries[last]!.end, text: '' });
    index = last;
  }
  return out;
}

/** New entries behind the one with index `after` (-1: in front of all). */
export interface FlowInsertion {
  readonly after: number;
  /** Their texts; `indent` is given when entries stand on lines of their own. */
  render(indent: string | undefined): readonly string[];
}

export function flowSplices(
  text: string,
  newline: string,
  entries: readonly FlowEntry[],
  insertions: readonly FlowInsertion[],
): Splice[] {
  const last = entries.at(-1)!;
  const ownLine = isFirstOnLine(text, last.start);
  const indent = ownLine ? text.slice(lineStart(text, last.start), last.start) : undefined;
  const separator = indent === undefined ? ', ' : `,${newline}${indent}`;
  const out = removals(entries);
  for (const { after, render } of insertions) {
    const added = render(indent);
    const at = after < 0 ? entries[0]!.start : entries[after]!.end;
    const texts = added.map((one) => (after < 0 ? one + separator : separator + one));
    if (added.length > 0) out.push({ start: at, end: at, text: texts.join('') });
  }
  return out;
}
