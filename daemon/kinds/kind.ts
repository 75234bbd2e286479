/**
 * What a kind *is*: one `Kind` value per served kind, in a folder of its own (`kinds/<plural>/`), registered in `kinds/registry.ts`.
 * Everything here is pure and synchronous; objects passed in are owned by the callee unless marked `Readonly`.
 * The REST verbs (`api/rest/`) and a git push (`admission/`) both go through these functions and through nothing else.
 */

import type { FieldError } from '../base/field.ts';
import type { KubeObject } from '../base/object.ts';
import type { SchemaNode } from '../schema/node.ts';
import type { Resource } from './resource.ts';

/** `metav1.TableColumnDefinition`. `priority` > 0 shows with `-o wide` only. */
export interface TableColumn {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: string;
  description: string;
  priority: number;
}

export interface TableDefinition<T> {
  columns: readonly TableColumn[];
  /** One cell per column. `now` in ms serves ages. */
  cells(object: Readonly<T>, now: number): readonly (string | number | boolean | null)[];
  /** Conditions of the row (a completed Pod has `Completed`). */
  conditions?(object: Readonly<T>): readonly { type: string; status: string; reason?: string; message?: string }[];
}

/** How `/scale` maps onto a kind (`autoscaling/v1` Scale). */
export interface ScaleDefinition<T> {
  /** Where the replicas stand, when not in `spec.replicas`. */
  readonly replicasPath?: readonly string[];
  replicas(object: Readonly<T>): number;
  statusReplicas(object: Readonly<T>): number;
  selector(object: Readonly<T>): string;
  setReplicas(object: T, replicas: number): void;
  /** Why an object cannot be shown as a Scale. */
  missing?(object: Readonly<T>): string | undefined;
}

/** How the objects of a kind that is served in several versions turn from one into another. */
export interface Conversion {
  /** The apiVersion in which objects are kept. Ones that were written while it was another may still stand in that one. */
  readonly storedAs: string;
  /** To another apiVersion, at once and without changing the object; undefined when somebody has to be asked. Sets apiVersion and kind. */
  readonly convert?: (object: Readonly<KubeObject>, apiVersion: string) => KubeObject;
  /** The same for those that have to ask: one answer for each object. Throws StatusError. */
  ask(objects: readonly Readonly<KubeObject>[], apiVersion: string): Promise<KubeObject[]>;
  /** What an object of this very version gained since it was kept (defaults); the object itself when nothing. Does not change it. */
  readonly refresh?: (stored: Readonly<KubeObject>) => KubeObject;
  /** Differs whenever the same object may be converted differently. */
  readonly identity?: string;
}

/** A subresource that writes a part of the object itself, by rules of its own. */
export interface PartialUpdate<T> {
  /** In place: everything but the part is taken from `old`. */
  prepare(object: T, old: Readonly<T>): void;
  validate(object: Readonly<T>, old: Readonly<T>): FieldError[];
}

export interface Kind<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Whether a `status` subresource exists: then main writes keep the status and status writes keep all else. */
  readonly hasStatus: boolean;
  readonly scale?: ScaleDefinition<T>;
  /** Kinds without `metadata.generation` (ConfigMap, Secret, Event, …) leave it unset. */
  readonly hasGeneration: boolean;
  /** Deleted without a propagation policy, what it owns is left behind: Jobs, for the sake of old clients. */
  readonly orphansDependents?: boolean;
  /** The verbs that are served, when they are not all; reviews only know `create`. */
  readonly verbs?: readonly string[];
  /** Of custom kinds: the schema that their definition gave them, for documents and merging. */
  readonly schema?: SchemaNode;
  /** False for reviews and the like, which are answered and not kept. */
  readonly stored: boolean;
  /** Of kinds that are not kept either, and can be read all the same: their objects are made when they are asked for. */
  readonly measured?: true;
  /** Of Kubernetes' kinds that are not carried out yet: there are none. */
  readonly isUnsupported?: true;
  /** Of a version that clients should leave: the text of the warning that every request for it gets. */
  readonly deprecated?: string;
  /** Of kinds that are kept in another version than this one, or may be (`kinds/conversion.ts`). */
  readonly conversion?: Conversion;
  /** Fills defaults in place, as `pkg/apis/<group>/v1/defaults.go` does. Idempotent. */
  setDefaults(object: T): void;
  /** In place, after defaulting, before validation: drops what clients may not set (status), sets initial values. */
  prepareForCreate(object: T): void;
  /** In place: restores what this verb may not change (status on main writes), carries over allocated values. */
  prepareForUpdate(object: T, old: Readonly<T>): void;
  /** In place: everything but status (and metadata's own rules) is taken from `old`. Only when `hasStatus`. */
  prepareForStatusUpdate?(object: T, old: Readonly<T>): void;
  /** All errors, not only the first; metadata is validated by the caller (`kinds/common/metadata.ts`) with `validateName`. */
  validate(object: Readonly<T>): FieldError[];
  validateUpdate(object: Readonly<T>, old: Readonly<T>): FieldError[];
  validateStatusUpdate?(object: Readonly<T>, old: Readonly<T>): FieldError[];
  /**
   * In place of `validate` and `validateUpdate`, for kinds whose rules may take long: others go on where it pauses. `old`: undefined for a new object. `warn`: tells the
   * client of what is wrong and let through, since it was so before.
   */
  validateInTurns?(
    object: Readonly<T>,
    old: Readonly<T> | undefined,
    warn: (text: string) => void,
  ): Generator<void, FieldError[]>;
  /** The same in place of `validateStatusUpdate`. */
  validateStatusInTurns?(
    object: Readonly<T>,
    old: Readonly<T>,
    warn: (text: string) => void,
  ): Generator<void, FieldError[]>;
  /** By the subresource's name; those that are not named are written as the object itself. */
  readonly partialUpdates?: Readonly<Record<string, PartialUpdate<T>>>;
  /** `[]` when the name is good; else the detail texts as the API server's name functions give them. */
  validateName(name: string, prefix: boolean): string[];
  /** Without a name it gets a uid for one (LimitRanges). */
  readonly namesItself?: boolean;
  /** Finalizers without a domain are taken: upstream judges the metadata of these kinds by apimachinery's rules alone. */
  readonly takesAnyFinalizer?: boolean;
  /** Upstream's rules of these kinds pass over a new object's metadata, or its name: what is wrong with it is told when nothing else is. */
  readonly judgesMetadataLast?: boolean;
  /** Fields that are accepted by the schema and not implemented here, set to other than their default: "not supported yet". */
  unsupported?(object: Readonly<T>): FieldError[];
  /** Texts for `Warning: 299` headers. */
  warnings?(object: Readonly<T>, old: Readonly<T> | undefined): string[];
  readonly table: TableDefinition<T>;
  /** Field selectors besides metadata.name and metadata.namespace. */
  readonly fieldSelectors: Readonly<Record<string, (object: Readonly<T>) => string>>;
  /** Default grace of a graceful deletion in seconds; only Pods have one. */
  gracePeriodSeconds?(object: Readonly<T>): number;
}

/** All kinds that are served now: custom ones come and go. The first version listed of a group is its preferred one. */
export interface KindRegistry {
  readonly kinds: readonly Kind[];
  /** Kubernetes' other kinds: they can be read, and there are none (`kinds/unsupported.ts`). */
  readonly unsupported: readonly Kind[];
  /** Another number whenever kinds came, went or changed: what was made of them is to be made anew. */
  readonly generation: number;
  /** The kinds that a CustomResourceDefinition would make, whether it is in force or not. */
  kindsOf(definition: Readonly<KubeObject>): readonly Kind[];
  /** Told after each change. Returns how to end it. */
  onChange(listener: () => void): () => void;
  /** Also one that is not supported. */
  byResource(group: string, version: string, plural: string): Kind | undefined;
  byKind(group: string, version: string, kind: string): Kind | undefined;
}
