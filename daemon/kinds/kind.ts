/**
 * What a kind *is*: one `Kind` value per served kind, in a folder of its own (`kinds/<plural>/`), registered in `kinds/registry.ts`.
 * Everything here is pure and synchronous; objects passed in are owned by the callee unless marked `Readonly`.
 * The REST verbs (`api/rest/`) and a git push (`admission/`) both go through these functions and through nothing else.
 */

import type { FieldError } from '../base/field.ts';
import type { KubeObject } from '../base/object.ts';
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
  replicas(object: Readonly<T>): number;
  statusReplicas(object: Readonly<T>): number;
  selector(object: Readonly<T>): string;
  setReplicas(object: T, replicas: number): void;
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
  /** The verbs that are served, when they are not all; reviews only know `create`. */
  readonly verbs?: readonly string[];
  /** False for reviews and the like, which are answered and not kept. */
  readonly stored: boolean;
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
  /** `[]` when the name is good; else the detail texts as the API server's name functions give them. */
  validateName(name: string, prefix: boolean): string[];
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

/** All served kinds. The first version listed of a group is its preferred one. */
export interface KindRegistry {
  readonly kinds: readonly Kind[];
  byResource(group: string, version: string, plural: string): Kind | undefined;
  byKind(group: string, version: string, kind: string): Kind | undefined;
}
