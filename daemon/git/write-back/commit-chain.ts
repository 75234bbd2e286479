/**
 * Makes the git objects of a chain of commits, one a write, in memory. What was made is kept readable until it is in the repository.
 */

import { isPerson, type UserInfo } from '../../auth/user.ts';
import { serviceUnavailable } from '../../base/status.ts';
import type { ObjectReader } from '../object-reader.ts';
import { encodeCommit, type LooseObjects, makeObject, type Signature } from './loose-objects.ts';
import { editTree } from './tree-edit.ts';

/** Trees kept by id: the root and the folders that writes touch again and again. */
const TREES_KEPT_MAX = 512;

export class CommitChain {
  readonly #reader: ObjectReader;
  readonly #trees = new Map<string, Buffer>();
  /** Root tree of commits made here. */
  readonly #roots = new Map<string, string | undefined>();
  readonly #blobs = new Map<string, Buffer>();

  readonly #sign: (content: Buffer) => Buffer;

  /** `sign`: puts the daemon's signature into a commit's content. */
  constructor(reader: ObjectReader, sign: (content: Buffer) => Buffer) {
    this.#reader = reader;
    this.#sign = sign;
  }

  async readBlob(id: string): Promise<Buffer> {
    const made = this.#blobs.get(id);
    if (made) return made;
    const object = await this.#reader.read(id);
    if (object?.type !== 'blob') throw unreadable('blob', id);
    return object.content;
  }

  /** One commit on top of `parent`; its objects are added to `objects`. Returns its id and the blobs of the texts by path. */
  async commit(
    objects: LooseObjects,
    parent: string | undefined,
    texts: ReadonlyMap<string, string | undefined>,
    about: { message: string; author: UserInfo; now: number },
  ): Promise<{ commit: string; blobs: Map<string, string | undefined> }> {
    const blobs = new Map<string, string | undefined>();
    for (const [path, text] of texts) {
      if (text === undefined) blobs.set(path, undefined);
      else {
        const content = Buffer.from(text, 'utf8');
        const id = makeObject(objects, 'blob', content);
        this.#blobs.set(id, content);
        blobs.set(path, id);
      }
    }
    const write = (content: Buffer): string => {
      const id = makeObject(objects, 'tree', content);
      this.#keepTree(id, content);
      return id;
    };
    const root = await editTree({ read: (id) => this.#readTree(id), write }, await this.#rootOf(parent), blobs);
    const tree = root ?? write(Buffer.alloc(0));
    const timestamp = Math.floor(about.now / 1000);
    const encoded = encodeCommit({
      tree,
      parent,
      message: `${about.message}\n`,
      author: { ...authorOf(about.author), timestamp },
      committer: { name: 'reflet', email: 'reflet@reflet', timestamp },
    });
    const commit = makeObject(objects, 'commit', this.#sign(encoded));
    this.#roots.set(commit, tree);
    return { commit, blobs };
  }

  /** To be called when every commit made so far is in the repository or given up: nothing need be kept. */
  forget(): void {
    this.#blobs.clear();
    for (const commit of [...this.#roots.keys()].slice(0, -1)) this.#roots.delete(commit);
  }

  #keepTree(id: string, content: Buffer): void {
    this.#trees.delete(id);
    this.#trees.set(id, content);
    for (const oldest of this.#trees.keys()) {
      if (this.#trees.size <= TREES_KEPT_MAX) break;
      this.#trees.delete(oldest);
    }
  }

  async #readTree(id: string): Promise<Buffer> {
    const kept = this.#trees.get(id);
    if (kept) return kept;
    const object = await this.#reader.read(id);
    if (object?.type !== 'tree') throw unreadable('tree', id);
    this.#keepTree(id, object.content);
    return object.content;
  }

  async #rootOf(commit: string | undefined): Promise<string | undefined> {
    if (commit === undefined) return undefined;
    if (this.#roots.has(commit)) return this.#roots.get(commit);
    const object = await this.#reader.read(commit);
    const tree =
      object?.type === 'commit' ? /^tree ([0-9a-f]{40})\n/.exec(object.content.toString('latin1'))?.[1] : undefined;
    if (tree === undefined) throw unreadable('commit', commit);
    return tree;
  }
}

/** A disk that fails may mend; what is read meanwhile goes on. */
const unreadable = (type: string, id: string): Error =>
  serviceUnavailable(`the write was not done: ${type} ${id} is missing in the repository, or cannot be read`);

/** `alice <alice@reflet>`; what git does not allow in a name is left out. */
function authorOf(user: UserInfo): Pick<Signature, 'name' | 'email'> {
  const name = user.username.replace(/[\x00-\x1f\x7f<>]/g, '').trim() || (isPerson(user) ? 'somebody' : 'system');
  return { name, email: `${name.replace(/[\s@]+/g, '.')}@reflet` };
}
