/**
 * What admission takes and gives. The very same functions judge an API call and a git push:
 *
 * - `admitObject(environment, request)` (`admit-object.ts`): one object, for a create or an update.
 * - `admitManifest(environment, request)` (`admit-manifest.ts`): one manifest of git as a server-side apply onto what is live, then `admitObject`.
 * - `admitTreeInSteps(environment, request)` (`admit-tree.ts`): all manifests of a tip together, with what holds between them.
 * - `admitDelete(environment, request)` (`admit-delete.ts`): whether an object may be deleted at all.
 *
 * All are synchronous and free of I/O, and pause where webhooks have to be asked (`steps.ts`); they never throw for what a client sent: problems are returned. What they see of the cluster comes
 * through `ClusterView`. They must not write anything; addresses and ports that they hand out are reservations which the caller ends.
 */

import type { Authorizer, UserInfo } from '../auth/user.ts';
import type { Clock, Ids } from '../base/clock.ts';
import type { JsonObject, KubeObject, ObjectKey } from '../base/object.ts';
import type { StoredResource } from '../base/registry-key.ts';
import type { StatusError } from '../base/status.ts';
import type { Kind, KindRegistry } from '../kinds/kind.ts';
import type { SchemaSet } from '../schema/node.ts';
import type { TextFindings } from '../schema/strict-errors.ts';
import type { StructuralChecker } from '../schema/validate.ts';
import type { Reservation, ServiceAllocator } from './allocation/service-allocator.ts';
import type { AdmissionConfiguration } from './configuration.ts';
import type { QuotaLedger } from './quota/ledger.ts';
import type { ReadRecord } from './read-record.ts';
import type { RecordedAnswers, WebhookPort } from './steps.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** What admission may look at: objects as they stand. Returned objects are frozen. */
export interface ClusterView {
  get(resource: StoredResource, key: ObjectKey): Readonly<KubeObject> | undefined;
  /** All of a resource, or those in one namespace, in the order of their names. */
  list(resource: StoredResource, namespace?: string): readonly Readonly<KubeObject>[];
}

export interface AdmissionEnvironment {
  readonly registry: KindRegistry;
  readonly schemas: SchemaSet;
  /** Over `schemas`; kept, because it compiles a kind when it is first met. */
  readonly structure: StructuralChecker;
  readonly cluster: ClusterView;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Of whom policies ask what a user may do; without it they cannot. */
  readonly authorizer?: Authorizer;
  /** Asks webhooks; without it they are not asked. */
  readonly webhooks?: WebhookPort;
  /** Without it Services get no addresses and ports (a plan, a check of a push). */
  readonly services?: ServiceAllocator;
  /** Without it quotas bound nothing. */
  readonly quotas?: QuotaLedger;
  /** What the operator configures of plugins. */
  readonly configuration: AdmissionConfiguration;
}

export interface AdmissionRequest {
  kind: Kind;
  operation: 'create' | 'update';
  /** `''` for the object itself; `status` keeps all but the status. */
  subresource: string;
  user: UserInfo;
  /** Of the request, undefined for cluster-scoped kinds; the object must agree. */
  namespace: string | undefined;
  /** Of the request; undefined on a create, where the object names itself. */
  name: string | undefined;
  /** Decoded JSON. Taken over and changed in place. */
  object: JsonObject;
  /** The live object; present exactly when `operation` is `update`. */
  old?: Readonly<KubeObject>;
  fieldValidation: FieldValidation;
  /** Nothing will be written. */
  dryRun?: boolean;
  /** `CreateOptions` or `UpdateOptions`, for those who are asked. */
  options?: Readonly<JsonObject>;
  /** What the decoder of its text found. */
  text?: TextFindings | undefined;
  /** The object's structure has been checked already (a patch result, an in-process caller's typed object). */
  structureChecked?: boolean;
  /** Services (`namespace/name`) that the same write removes: their addresses and ports may be taken over. */
  releasing?: ReadonlySet<string>;
  /** Runs after defaulting and before any plugin changes the object, as the API server orders it: sets `metadata.managedFields`. */
  recordManagers?: (object: KubeObject) => void;
  /** Runs after all that changes the object, before it is prepared and validated, as the API server orders it: throws when the user may not grant this. */
  checkGrant?: (object: Readonly<KubeObject>) => void;
  /** Of a large object, whose managed fields cost as much as all else: others have their turn in between. */
  pause?: () => Promise<void>;
}

/** One thing wrong, with the place in the object. */
export interface AdmissionProblem {
  /** `spec.template.spec.containers[0].image`; `''`: the object as a whole. */
  fieldPath: string;
  /** As the API would say it, without the path: `Invalid value: -1: must be greater than or equal to 0`. */
  message: string;
  /** What would have been right, for people: `one of "Always", "OnFailure", "Never"`; `did you mean "replicas"?` */
  expected?: string;
}

export interface AdmissionResult {
  /** As it shall be stored (only when admitted). */
  object: KubeObject;
  /** For `Warning: 299` headers. */
  warnings: readonly string[];
  /** What plugins note for the audit (`pod-security.kubernetes.io/enforce-policy`), whatever the outcome. */
  auditAnnotations?: Readonly<Record<string, string>>;
  /** Empty exactly when admitted. */
  problems: readonly AdmissionProblem[];
  /** What the API answers; set exactly when `problems` is not empty. */
  error?: StatusError;
  /** Addresses, ports and room in quotas held for this object: `commit()` after the write, `rollback()` when it did not happen. Never undefined. */
  reservation: Reservation;
}

/** One manifest of a tree. */
export interface TreeManifest {
  /** Path in the repository. */
  file: string;
  /** 0-based position in the file. */
  document: number;
  /** Parsed; not changed. */
  object: Readonly<JsonObject>;
  /** False: its text is the one that is already in force; it only counts for what holds between objects. */
  changed: boolean;
}

export interface TreeProblem extends AdmissionProblem {
  file: string;
  document: number;
  /** The second place, when two contradict each other (two files defining one object). */
  other?: { file: string; document: number };
  /** The code of the answer that the API would have given: 403, 404, 409, 422, … */
  code: number;
}

export interface TreeWarning {
  file: string;
  document: number;
  message: string;
}

/** A changed manifest that was admitted. */
export interface TreeObject {
  manifest: TreeManifest;
  kind: Kind;
  key: ObjectKey;
  operation: 'create' | 'update';
  old: Readonly<KubeObject> | undefined;
  /** As it would be stored now (addresses not allocated). */
  next: KubeObject;
  /** Of the webhooks that were asked, so that they need not be asked again for the publication. */
  answers?: RecordedAnswers;
  /** What plugins noted for the audit. */
  auditAnnotations?: Readonly<Record<string, string>>;
}

export interface TreeRequest {
  /** Every manifest of the tip, in any order: the result does not depend on it. */
  manifests: readonly TreeManifest[];
  /** Objects whose manifests the tip removes: they do not count as existing. */
  removed: readonly { kind: Kind; key: ObjectKey }[];
  user: UserInfo;
  /** Field manager of the apply: `reflet-git`. */
  manager: string;
  /** Nothing will come of it: a plan. Webhooks are told so. */
  dryRun?: boolean;
}

export interface TreeResult {
  /** Ordered by file and document. Empty: the tree is admitted. */
  problems: readonly TreeProblem[];
  warnings: readonly TreeWarning[];
  /**
   * The admitted changed manifests, in the order in which to publish them: namespaces, then Services that ask for an address or port by number
   * (before others are given one by chance), then the rest.
   */
  objects: readonly TreeObject[];
  /** What of the cluster was looked at, beside the live objects of the manifests themselves. */
  read: ReadRecord;
}

export interface ManifestRequest {
  object: Readonly<JsonObject>;
  live: Readonly<KubeObject> | undefined;
  user: UserInfo;
  manager: string;
  /** Services (`namespace/name`) that the same publication removes. */
  releasing?: ReadonlySet<string>;
  /** What webhooks have answered to the very same manifest. */
  answers?: RecordedAnswers;
  dryRun?: boolean;
}

export interface ManifestResult extends AdmissionResult {
  /** Undefined when the manifest names no served kind. */
  kind: Kind | undefined;
  key: ObjectKey | undefined;
  operation: 'create' | 'update';
}
