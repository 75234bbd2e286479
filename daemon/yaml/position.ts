/**
 * Where the values of a document stand in its text, and how a Kubernetes field path finds them. Plain data, so that it
 * passes between threads.
 */

export interface Position {
  /** Both 1-based; columns count UTF-16 units, as editors do. */
  readonly line: number;
  readonly column: number;
}

/** The place of a value and of all within it, as offsets into the text. */
export interface PositionTree {
  readonly value: number;
  /** Of the member's name; absent at the root and at items. */
  readonly key?: number;
  readonly members?: ReadonlyMap<string, PositionTree>;
  readonly items?: readonly PositionTree[];
  /** `name` of an item that has one, for paths such as `containers[name="web"]`. */
  readonly scalars?: Readonly<Record<string, string>>;
}

/** Offsets at which lines begin. */
export function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Line and column of an offset, by binary search. */
export function positionAt(lineStarts: readonly number[], offset: number): Position {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lineStarts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - lineStarts[low]! + 1 };
}

/** One step of a field path: a name, or what stood in brackets. */
interface Step {
  readonly text: string;
  readonly bracket: boolean;
}

/** `spec.containers[0].image`, `data[bad key]`, `.spec.ports[port=80,protocol="TCP"]` → steps. */
function parseFieldPath(path: string): Step[] {
  const steps: Step[] = [];
  for (const match of path.matchAll(/\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]|([^.[\]]+)/g)) {
    const [, inner, name] = match;
    steps.push(name === undefined ? { text: inner ?? '', bracket: true } : { text: name, bracket: false });
  }
  return steps;
}

function unquote(text: string): string {
  if (!/^".*"$/s.test(text)) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

function itemAt(tree: PositionTree, text: string): PositionTree | undefined {
  if (/^\d+$/.test(text)) return tree.items?.[Number(text)];
  const wanted = [...text.matchAll(/([\w-]+)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, key, value]) => [
    key!,
    unquote(value!),
  ]);
  if (wanted.length === 0) return undefined;
  return tree.items?.find((item) => wanted.every(([key, value]) => item.scalars?.[key!] === value));
}

/** Follows one member name; names with dots (labels) may span several steps. */
function memberAt(
  tree: PositionTree,
  steps: readonly Step[],
  from: number,
): { tree: PositionTree; next: number } | undefined {
  const { members } = tree;
  if (!members) return undefined;
  let name = '';
  for (let next = from; next < steps.length && (next === from || !steps[next]!.bracket); next++) {
    const { text, bracket } = steps[next]!;
    name = next === from ? (bracket ? unquote(text) : text) : `${name}.${text}`;
    const found = members.get(name);
    if (found) return { tree: found, next: next + 1 };
  }
  return undefined;
}

/** Walks as far as the document has the path. */
export function findField(root: PositionTree, path: string): { tree: PositionTree; complete: boolean } {
  const steps = parseFieldPath(path);
  let tree = root;
  let at = 0;
  while (at < steps.length) {
    const item = tree.items && itemAt(tree, steps[at]!.text);
    const step = item ? { tree: item, next: at + 1 } : memberAt(tree, steps, at);
    if (!step) return { tree, complete: false };
    ({ tree, next: at } = step);
  }
  return { tree, complete: true };
}
