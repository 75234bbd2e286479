/**
 * Parameters and results of the verbs. Transport-independent: the HTTP layer parses its query into these and renders their results;
 * the in-process client fills them in directly. Authorization of the request itself is the caller's (`authorizeRequest` in `authorize.ts`).
 *
 * The verbs, one file each (every failure is a StatusError):
 *
 *   get.ts               getObject(context, target, {resourceVersion}) → ReadEntry
 *   list.ts              listObjects(context, scope, ListParameters) → ListPage
 *   watch.ts             startWatch(context, scope, WatchParameters, sink) → stop()
 *   create.ts            createObject(context, scope, body, WriteParameters) → Promise<WriteResult>
 *   update.ts            updateObject(context, target, body, WriteParameters) → Promise<WriteResult>
 *   patch.ts             patchObject(context, target, patch, PatchParameters) → Promise<WriteResult>
 *   delete.ts            deleteObject(context, target, DeleteParameters) → Promise<DeleteResult>
 *   delete-collection.ts deleteCollection(context, scope, DeleteParameters, ListParameters) → Promise<ListPage>
 *   subresources.ts      subresourcesOf(kind) → what else a kind has, for routing and discovery;
 *                        callSubresource(context, target, name, verb, body, parameters) → Promise<SubresourceResult>
 *   event-expiry.ts      startEventExpiry({store, clock}) → stop(): events end after an hour
 */

import type { FieldValidation } from '../../admission/contract.ts';
import type { UserInfo } from '../../auth/user.ts';
import type { KubeObject, ListMeta } from '../../base/object.ts';
import type { Status } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { TextFindings } from '../../schema/strict-errors.ts';

/** Who asks, about which kind and where. */
export interface Scope {
  kind: Kind;
  user: UserInfo;
  /** Undefined: all namespaces, or a cluster-scoped kind. */
  namespace: string | undefined;
  /** The request's User-Agent; its first segment is the field manager when none is given. */
  userAgent?: string;
}

/** One object. */
export interface Target extends Scope {
  name: string;
}

/** An object as it is kept, with its JSON encoded once; frozen. */
export interface ReadEntry {
  readonly value: KubeObject;
  /** UTF-8 JSON of `value`; begins with `{"apiVersion":…,"kind":…,` whenever the object has both. */
  readonly json: Buffer;
}

export interface Selectors {
  labelSelector?: string;
  fieldSelector?: string;
}

export interface ListParameters extends Selectors {
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: string;
  /** Forbidden for lists; only there so that it can be refused as the API does. */
  sendInitialEvents?: boolean;
}

export interface ListPage {
  /** In key order (namespace, then name). */
  entries: readonly ReadEntry[];
  metadata: ListMeta;
}

export interface WatchParameters extends Selectors {
  resourceVersion?: string;
  resourceVersionMatch?: string;
  sendInitialEvents?: boolean;
  allowWatchBookmarks?: boolean;
  /** Ends the watch; without it a random 30 to 60 minutes, as the API server does. */
  timeoutSeconds?: number;
  continue?: string;
}

export interface RestEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubeObject;
  /** UTF-8 JSON of `object`, shared by all watchers. */
  json(): Buffer;
}

/** Called synchronously; must not throw and must not block. The receiver bounds what it buffers and stops the watch when it falls behind. */
export interface WatchSink {
  /** One call a commit, and one for the initial state. */
  events(batch: readonly RestEvent[]): void;
  /** The watch is over: by its time-out (no error) or because it cannot go on (410). Not called after `stop()`. */
  end(error?: Error): void;
}

export interface WriteParameters {
  dryRun?: boolean;
  fieldManager?: string;
  fieldValidation?: FieldValidation;
  /** `''`, `status`, `finalize`. */
  subresource?: string;
  /** What the decoder found in the body. */
  text?: TextFindings | undefined;
  /** It will take long: done in steps (`pace.ts`). */
  isLarge?: boolean;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface PatchParameters extends WriteParameters {
  type: PatchType;
  force?: boolean;
}

export interface WriteResult {
  entry: ReadEntry;
  /** True → 201, else 200. */
  created: boolean;
  /** For `Warning: 299` headers. */
  warnings: readonly string[];
}

export interface DeleteParameters {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  /** Deprecated, still honoured: true is Orphan, false is Background. */
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

export interface DeleteResult {
  /** What to answer: a Status naming what is gone, or the object while it is going (and always for the kinds that return it). */
  answer: { status: Status } | { entry: ReadEntry };
  /** The object as it was when its deletion began or ended; for callers in the process. */
  object: KubeObject;
  /** 200, or 202. */
  code: number;
  /** Of admission. */
  warnings?: readonly string[];
}
