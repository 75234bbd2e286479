/**
 * What the published commit says: its manifest files and the objects they define, both ways. Kept in memory, changed in one step a publication.
 *
 * Invariants: an object has one defining document; every file's documents are in `objects`. It is never changed by a candidate that has not been
 * published.
 */

import { deepEqual } from '../base/json.ts';
import type { KindRegistry } from '../kinds/kind.ts';
import { SERVICE_ACCOUNTS } from '../kinds/resources.ts';
import { type Configuration, DEFAULT_CONFIGURATION } from './configuration/configuration.ts';
import { type IgnoreRules, NOTHING_IGNORED } from './ignore.ts';
import type { ManifestDocument, ManifestFile, NamedObject } from './manifest-file.ts';
import { saysOrder } from './rollout/order.ts';
import { saysSuspension } from './suspension/suspension.ts';

/** An object of git: where it stands. */
export interface DesiredObject {
  readonly names: NamedObject;
  readonly file: ManifestFile;
  readonly document: ManifestDocument;
}

/** How a commit differs from the published state. */
export interface Candidate {
  readonly commit: string;
  readonly ignore: IgnoreRules;
  /** What `reflet.yaml` says; undefined when the commit does not change it. */
  readonly configuration?: Configuration;
  /** Files that changed; undefined: no longer a manifest. */
  readonly files: ReadonlyMap<string, ManifestFile | undefined>;
  /** The kinds once it is in force, when it defines or removes some. */
  readonly registry?: KindRegistry;
}

export class DesiredState {
  #commit: string | undefined;
  #ignore: IgnoreRules = NOTHING_IGNORED;
  #configuration: Configuration = DEFAULT_CONFIGURATION;
  #configurationAhead: Configuration | undefined;
  readonly #files = new Map<string, ManifestFile>();
  readonly #objects = new Map<string, DesiredObject>();
  readonly #ordered = new Set<string>();
  readonly #suspended = new Set<string>();
  readonly #shared = new Map<ManifestDocument, ManifestFile>();
  readonly #byNamespace = new Map<string, Set<string>>();
  #bytes = 0;

  /** Undefined before anything was published. */
  get commit(): string | undefined {
    return this.#commit;
  }

  get ignore(): IgnoreRules {
    return this.#ignore;
  }

  /** What `reflet.yaml` says, in the commit in force or in a later one that waits while the repository is suspended. */
  get configuration(): Configuration {
    return this.#configurationAhead ?? this.#configuration;
  }

  /** What it will say when the candidate is in force. */
  configurationAt(candidate: Candidate): Configuration {
    return candidate.configuration ?? this.#configuration;
  }

  /** A candidate that has to wait configures already: else nothing could ever end the wait. */
  configureBy(candidate: Candidate): void {
    this.#configurationAhead = candidate.configuration;
  }

  get files(): ReadonlyMap<string, ManifestFile> {
    return this.#files;
  }

  /** By key in the store. */
  get objects(): ReadonlyMap<string, DesiredObject> {
    return this.#objects;
  }

  /** Keys of the objects whose manifests say something about the order of rollouts. */
  get ordered(): ReadonlySet<string> {
    return this.#ordered;
  }

  /** Keys of the objects whose manifests say that they are suspended, however long. */
  get suspended(): ReadonlySet<string> {
    return this.#suspended;
  }

  /** Manifests that every push may have to do with: see {@link isShared}. */
  get shared(): ReadonlyMap<ManifestDocument, ManifestFile> {
    return this.#shared;
  }

  /** Keys of the objects in a namespace. */
  inNamespace(namespace: string): Iterable<string> {
    return this.#byNamespace.get(namespace) ?? [];
  }

  /** Bytes of manifest text. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The same again: files and documents are shared, changes are not. */
  copy(): DesiredState {
    const copy = new DesiredState();
    copy.#commit = this.#commit;
    copy.#ignore = this.#ignore;
    copy.#configuration = this.#configuration;
    copy.#configurationAhead = this.#configurationAhead;
    copy.#bytes = this.#bytes;
    for (const [path, file] of this.#files) {
      copy.#files.set(path, file);
      for (const document of file.documents) copy.#remember(file, document);
    }
    return copy;
  }

  apply(candidate: Candidate): void {
    for (const path of candidate.files.keys()) this.#forget(path);
    for (const [path, file] of candidate.files) {
      if (!file) continue;
      this.#files.set(path, file);
      this.#bytes += file.bytes;
      for (const document of file.documents) this.#remember(file, document);
    }
    this.#commit = candidate.commit;
    this.#ignore = candidate.ignore;
    if (candidate.configuration) this.#configuration = candidate.configuration;
    this.#configurationAhead = undefined;
  }

  #remember(file: ManifestFile, document: ManifestDocument): void {
    if (isShared(document)) this.#shared.set(document, file);
    const { names } = document;
    if (!names) return;
    this.#objects.set(names.storeKey, { names, file, document });
    if (saysOrder(document.object)) this.#ordered.add(names.storeKey);
    if (saysSuspension(document.object)) this.#suspended.add(names.storeKey);
    const { namespace } = names.key;
    if (!namespace) return;
    const keys = this.#byNamespace.get(namespace);
    if (keys) keys.add(names.storeKey);
    else this.#byNamespace.set(namespace, new Set([names.storeKey]));
  }

  #forget(path: string): void {
    const file = this.#files.get(path);
    if (!file) return;
    this.#files.delete(path);
    this.#bytes -= file.bytes;
    for (const document of file.documents) {
      this.#shared.delete(document);
      const { names } = document;
      if (!names || this.#objects.get(names.storeKey)?.file !== file) continue;
      this.#objects.delete(names.storeKey);
      this.#ordered.delete(names.storeKey);
      this.#suspended.delete(names.storeKey);
      const keys = this.#byNamespace.get(names.key.namespace ?? '');
      keys?.delete(names.storeKey);
      if (keys?.size === 0) this.#byNamespace.delete(names.key.namespace!);
    }
  }
}

/** Cluster-wide, an account, or nothing that is served: what others may refer to or contradict. */
export function isShared({ names }: ManifestDocument): boolean {
  return !names?.key.namespace || names.kind.resource.plural === SERVICE_ACCOUNTS.plural;
}

export interface ObjectChanges {
  /** Documents whose object is new or says something else than what is in force. */
  readonly changed: readonly { file: ManifestFile; document: ManifestDocument; before: DesiredObject | undefined }[];
  /** Objects that no document defines any more. */
  readonly removed: readonly DesiredObject[];
}

/** What the candidate changes, object by object. Moving an object to another file or line changes nothing. Pure. */
export function decideChanges(state: DesiredState, candidate: Candidate): ObjectChanges {
  const changed: { file: ManifestFile; document: ManifestDocument; before: DesiredObject | undefined }[] = [];
  const defined = new Set<string>();
  for (const file of candidate.files.values()) {
    for (const document of file?.documents ?? []) {
      const before = document.names ? state.objects.get(document.names.storeKey) : undefined;
      // A second manifest of an object counts as a change even when it says the same: admission has to see both.
      const again = document.names !== undefined && defined.has(document.names.storeKey);
      const copied = before !== undefined && before.file.path !== file!.path && !candidate.files.has(before.file.path);
      if (document.names) defined.add(document.names.storeKey);
      if (!before || again || copied || !deepEqual(before.document.object, document.object))
        changed.push({ file: file!, document, before });
    }
  }
  const removed: DesiredObject[] = [];
  for (const path of candidate.files.keys()) {
    for (const { names } of state.files.get(path)?.documents ?? []) {
      const object = names && state.objects.get(names.storeKey);
      if (object?.file.path === path && !defined.has(names!.storeKey)) removed.push(object);
    }
  }
  return { changed, removed };
}
