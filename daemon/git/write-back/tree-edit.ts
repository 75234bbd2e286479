/**
 * A new root tree out of an old one and some changed files: only the trees on the way to them are made anew, by splicing their bytes. A folder of
 * 1,000 manifests is rewritten with every write into it, so nothing is decoded that does not change.
 */

/** Path → blob id; undefined: the file goes (and with the last file its folder). */
export type FileEdits = ReadonlyMap<string, string | undefined>;

export interface TreeStore {
  /** A tree's content by its id. */
  read(id: string): Promise<Buffer>;
  /** Keeps a new tree and returns its id. */
  write(content: Buffer): string;
}

/** The id of the new root; undefined when nothing is left in it. */
export async function editTree(
  store: TreeStore,
  tree: string | undefined,
  edits: FileEdits,
): Promise<string | undefined> {
  let content = tree === undefined ? Buffer.alloc(0) : await store.read(tree);
  const below = new Map<string, Map<string, string | undefined>>();
  for (const [path, blob] of edits) {
    const slash = path.indexOf('/');
    if (slash >= 0) {
      const folder = path.slice(0, slash);
      const inside = below.get(folder) ?? new Map<string, string | undefined>();
      below.set(folder, inside.set(path.slice(slash + 1), blob));
    } else content = setEntry(content, path, blob === undefined ? undefined : { folder: false, id: blob });
  }
  for (const [name, inside] of below) {
    const present = findEntry(content, name, true);
    const id = await editTree(store, present && content.toString('hex', present.end - 20, present.end), inside);
    content = setEntry(content, name, id === undefined ? undefined : { folder: true, id });
  }
  return content.length === 0 ? undefined : store.write(content);
}

/** Where an entry stands: `<mode> <name>NUL<20 bytes>`. */
interface Place {
  start: number;
  nameStart: number;
  nameEnd: number;
  end: number;
}

/** The tree with the named entry set, or removed, in git's order. A file may take a folder's place and the other way round. Pure. */
function setEntry(content: Buffer, name: string, wanted: { folder: boolean; id: string } | undefined): Buffer {
  const places = placesOf(content);
  const asFile = search(content, places, sortKey(name, false));
  const asFolder = search(content, places, sortKey(name, true));
  const present = asFile.found ?? asFolder.found;
  const cut = (from: number, to: number, entry: Buffer): Buffer =>
    Buffer.concat([content.subarray(0, from), entry, content.subarray(to)]);
  if (!wanted) return present ? cut(present.start, present.end, NOTHING) : content;
  const { found, at } = wanted.folder ? asFolder : asFile;
  const isExecutable = found && content.toString('latin1', found.start, found.nameStart) === '100755 ';
  const mode = wanted.folder ? '40000' : isExecutable ? '100755' : '100644';
  const entry = Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(wanted.id, 'hex')]);
  if (present && !found) return setEntry(cut(present.start, present.end, NOTHING), name, wanted);
  return cut(at, found ? found.end : at, entry);
}

const NOTHING = Buffer.alloc(0);

function findEntry(content: Buffer, name: string, folder: boolean): Place | undefined {
  return search(content, placesOf(content), sortKey(name, folder)).found;
}

/** What a tree's content holds under a name; undefined when it holds nothing. Throws when the tree is cut off. */
export function entryOf(content: Buffer, name: string): { folder: boolean; id: string } | undefined {
  for (const folder of [false, true]) {
    const place = findEntry(content, name, folder);
    if (place) return { folder, id: content.toString('hex', place.end - 20, place.end) };
  }
  return undefined;
}

/** Throws when the tree is cut off. */
function placesOf(content: Buffer): Place[] {
  const places: Place[] = [];
  for (let start = 0; start < content.length; ) {
    const space = content.indexOf(0x20, start);
    const nameEnd = content.indexOf(0, space + 1);
    if (space < 0 || nameEnd < 0 || nameEnd + 21 > content.length) throw new Error('git tree: cut off');
    places.push({ start, nameStart: space + 1, nameEnd, end: nameEnd + 21 });
    start = nameEnd + 21;
  }
  return places;
}

/** Binary search: the entry with that key, and where it stands or would have to. */
function search(content: Buffer, places: readonly Place[], key: Buffer): { found: Place | undefined; at: number } {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const place = places[middle]!;
    const order = Buffer.compare(keyOf(content, place), key);
    if (order === 0) return { found: place, at: place.start };
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return { found: undefined, at: places[low]?.start ?? content.length };
}

const SLASH = Buffer.from('/');

/** Git sorts by bytes, folders as if their names ended with a slash. */
const sortKey = (name: string, folder: boolean): Buffer => Buffer.from(folder ? `${name}/` : name);

function keyOf(content: Buffer, { start, nameStart, nameEnd }: Place): Buffer {
  const name = content.subarray(nameStart, nameEnd);
  // The mode of a folder is 40000, the only one of five digits.
  return nameStart - start === 6 ? Buffer.concat([name, SLASH]) : name;
}
