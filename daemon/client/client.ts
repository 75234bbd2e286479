/**
 * The API client: the only way by which controllers, the scheduler and agents see and change the cluster.
 * Two implementations, in-process (`client/in-process.ts`, straight into the API's verbs) and over HTTPS (`client/http.ts`), pass the same tests.
 * Objects returned are frozen and shared: clone before changing. Every failure is a StatusError.
 */

import type { JsonObject, KubeObject, ListMeta, ObjectKey } from '../base/object.ts';
import type { Resource } from '../kinds/resource.ts';

export interface Selection {
  /** All namespaces when undefined. */
  namespace?: string;
  /** `app=web,tier in (a,b)` */
  labelSelector?: string;
  /** `spec.nodeName=n1` */
  fieldSelector?: string;
}

export interface ListOptions extends Selection {
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WatchOptions extends Selection {
  /** Events after this revision; undefined or `'0'`: begin with the present state as ADDED. */
  resourceVersion?: string;
  /** WatchList (KEP-3157): initial ADDED events, then a bookmark annotated `k8s.io/initial-events-end`. */
  sendInitialEvents?: boolean;
  allowWatchBookmarks?: boolean;
  /** Ends the watch. */
  signal: AbortSignal;
}

export interface ListResult<T> {
  items: readonly T[];
  metadata: ListMeta;
}

export type WatchEvent<T = KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  | { type: 'BOOKMARK'; object: T };

export interface WriteOptions {
  dryRun?: boolean;
  fieldManager?: string;
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
}

export interface UpdateOptions extends WriteOptions {
  /** `status` writes only the status; without it the status is left as it is (for kinds that have the subresource). */
  subresource?: 'status' | 'scale' | 'finalize' | 'approval';
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface PatchOptions extends UpdateOptions {
  type: PatchType;
  /** Server-side apply only: take over fields that others own. */
  force?: boolean;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

export interface Client {
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<ListResult<T>>;
  /** Throws a 410 StatusError (`Expired` or `Gone`) when the revision is too old; ends without error when `signal` aborts. */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Replaces; `metadata.resourceVersion`, when set, must be the current one (409 Conflict otherwise). */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: UpdateOptions): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: JsonObject | JsonObject[],
    options: PatchOptions,
  ): Promise<T>;
  /**
   * Resolves with the object as it was when deletion began or ended. The server answers most ended deletions with a Status: over HTTPS they
   * resolve with the object's identity only (name, namespace, uid).
   */
  delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: DeleteOptions): Promise<T>;
  /** POST to a subresource that is not an object's own: `pods/x/binding`, `pods/x/eviction`, `serviceaccounts/x/token`. */
  createSubresource(
    resource: Resource,
    key: ObjectKey,
    subresource: string,
    body: KubeObject,
    options?: WriteOptions,
  ): Promise<KubeObject>;
}
