/**
 * The rules of `metadata` that every kind shares: names, labels, annotations, owners, finalizers, managed fields, and what an
 * update may not change (`apimachinery/pkg/api/validation`, `pkg/apis/core/validation`). Pure.
 *
 * Upstream checks metadata on updates once for all kinds and again in the kind's own rules, so clients see some causes more than
 * once; {@link validateMetadataUpdate} is the common part, `Kind.validateUpdate` adds the kind's own.
 */

import {
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  path,
  required,
  tooLong,
} from '../../base/field.ts';
import { goQuote } from '../../base/go-quote.ts';
import { deepEqual } from '../../base/json.ts';
import { dns1123LabelProblems, labelValueProblems, qualifiedNameProblems } from '../../base/names.ts';
import type { KubeObject, ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../../base/object.ts';
import type { Kind } from '../kind.ts';
import { parseApiVersion } from '../resource.ts';
import { goMoment, goValue } from './go-values.ts';
import { type NameRule, pathSegmentName } from './names.ts';

const METADATA = path('metadata');
const GENERATE_NAME = METADATA.child('generateName');
const NAME = METADATA.child('name');
const NAMESPACE = METADATA.child('namespace');
const LABELS = METADATA.child('labels');
const ANNOTATIONS = METADATA.child('annotations');
const OWNERS = METADATA.child('ownerReferences');
const FINALIZERS = METADATA.child('finalizers');
const MANAGED_FIELDS = METADATA.child('managedFields');
const FIELD_MANAGER = METADATA.child('fieldManager');

const ANNOTATIONS_BYTES_MAX = 256 * 1024; // all keys and values of one object
const FIELD_MANAGER_BYTES_MAX = 128;
const SUBRESOURCE_BYTES_MAX = 256;

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';
/** Finalizers that need no domain. */
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['kubernetes', ORPHAN, FOREGROUND]);

export const IMMUTABLE = 'field is immutable';

/** The rules of a new object's metadata: those of all kinds and the kind's name rule. */
export function validateMetadata(kind: Kind, object: Readonly<KubeObject>): FieldError[] {
  // Of custom objects' finalizers without a domain only warnings are given.
  if (kind.schema || kind.takesAnyFinalizer)
    return genericMetadataErrors(object, kind.validateName, kind.resource.namespaced);
  return newMetadataErrors(object, kind.validateName, kind.resource.namespaced);
}

/** The rules of any new object's metadata, whoever defined its kind. */
export function genericMetadataErrors(
  object: Readonly<KubeObject>,
  validateName: NameRule,
  namespaced: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  checkObjectMeta(errors, object.metadata ?? {}, namespaced, validateName);
  return errors;
}

/** What an update may not change in any object's metadata. */
export function genericMetadataUpdateErrors(object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
  const errors: FieldError[] = [];
  checkObjectMetaUpdate(errors, object.metadata ?? {}, old.metadata ?? {});
  return errors;
}

/** The rules of an update's metadata that hold for every kind. */
export function validateMetadataUpdate(
  kind: Kind,
  object: Readonly<KubeObject>,
  old: Readonly<KubeObject>,
): FieldError[] {
  const errors: FieldError[] = [];
  checkObjectMeta(errors, object.metadata ?? {}, kind.resource.namespaced, pathSegmentName);
  checkObjectMetaUpdate(errors, object.metadata ?? {}, old.metadata ?? {});
  return errors;
}

/** What a kind's own update rules say of metadata. */
export function ownMetadataErrors(object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
  const errors: FieldError[] = [];
  checkObjectMetaUpdate(errors, object.metadata ?? {}, old.metadata ?? {});
  checkStandardFinalizers(errors, object.metadata ?? {});
  return errors;
}

/** The rules of a new object's metadata, which the update rules of many kinds repeat. */
export function newMetadataErrors(
  object: Readonly<KubeObject>,
  validateName: NameRule,
  namespaced = true,
): FieldError[] {
  const errors: FieldError[] = [];
  checkObjectMeta(errors, object.metadata ?? {}, namespaced, validateName);
  checkStandardFinalizers(errors, object.metadata ?? {});
  return errors;
}

/** In place: what an update may leave out or cannot change is taken from `old` (uid, times, grace, generation). */
export function prepareMetadataForUpdate(object: KubeObject, old: Readonly<KubeObject>): void {
  object.metadata ??= {};
  const meta = object.metadata;
  const before = old.metadata ?? {};
  setOrDelete(meta, 'generation', before.generation);
  if (!meta.uid && before.uid) meta.uid = before.uid;
  if (before.creationTimestamp) meta.creationTimestamp = before.creationTimestamp;
  if (before.deletionTimestamp) meta.deletionTimestamp = before.deletionTimestamp;
  if (before.deletionGracePeriodSeconds !== undefined && meta.deletionGracePeriodSeconds === undefined) {
    meta.deletionGracePeriodSeconds = before.deletionGracePeriodSeconds;
  }
  delete meta.selfLink;
}

function setOrDelete(meta: ObjectMeta, field: 'generation', value: number | undefined): void {
  if (value === undefined) delete meta[field];
  else meta[field] = value;
}

function checkObjectMeta(errors: FieldError[], meta: Readonly<ObjectMeta>, namespaced: boolean, rule: NameRule): void {
  if (meta.generateName) {
    for (const detail of rule(meta.generateName, true)) {
      errors.push(invalidValue(GENERATE_NAME, meta.generateName, detail));
    }
  }
  if (!meta.name) errors.push(required(NAME, 'name or generateName is required'));
  else for (const detail of rule(meta.name, false)) errors.push(invalidValue(NAME, meta.name, detail));
  checkNamespace(errors, meta.namespace ?? '', namespaced);
  for (const entry of meta.managedFields ?? []) checkFieldManager(errors, entry.manager ?? '', FIELD_MANAGER);
  if ((meta.generation ?? 0) < 0) {
    errors.push(invalidValue(METADATA.child('generation'), meta.generation, 'must be greater than or equal to 0'));
  }
  checkLabels(errors, meta.labels, LABELS);
  checkAnnotations(errors, meta.annotations, ANNOTATIONS);
  checkOwnerReferences(errors, meta.ownerReferences);
  checkFinalizers(errors, meta.finalizers);
  checkManagedFields(errors, meta.managedFields);
}

function checkNamespace(errors: FieldError[], namespace: string, namespaced: boolean): void {
  if (!namespaced) {
    if (namespace) errors.push(forbiddenField(NAMESPACE, 'not allowed on this type'));
  } else if (!namespace) {
    errors.push(required(NAMESPACE));
  } else {
    for (const detail of dns1123LabelProblems(namespace)) errors.push(invalidValue(NAMESPACE, namespace, detail));
  }
}

function checkObjectMetaUpdate(errors: FieldError[], meta: Readonly<ObjectMeta>, old: Readonly<ObjectMeta>): void {
  if (old.deletionTimestamp) checkNoNewFinalizers(errors, meta.finalizers ?? [], old.finalizers ?? []);
  if (!meta.resourceVersion) {
    errors.push(invalidValue(METADATA.child('resourceVersion'), '', 'must be specified for an update'));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalidValue(METADATA.child('generation'), meta.generation ?? 0, 'must not be decremented'));
  }
  for (const entry of meta.managedFields ?? []) checkFieldManager(errors, entry.manager ?? '', FIELD_MANAGER);
  for (const field of ['name', 'namespace', 'uid'] as const) {
    if ((meta[field] ?? '') !== (old[field] ?? '')) {
      errors.push(invalidValue(METADATA.child(field), meta[field] ?? '', IMMUTABLE));
    }
  }
  for (const field of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if ((meta[field] ?? null) !== (old[field] ?? null)) {
      errors.push(invalidValue(METADATA.child(field), goMoment(meta[field]), IMMUTABLE));
    }
  }
  checkLabels(errors, meta.labels, LABELS);
  checkAnnotations(errors, meta.annotations, ANNOTATIONS);
  checkOwnerReferences(errors, meta.ownerReferences);
  checkManagedFields(errors, meta.managedFields);
}

function checkNoNewFinalizers(errors: FieldError[], now: readonly string[], before: readonly string[]): void {
  const added = [...new Set(now)].filter((one) => !before.includes(one)).sort();
  if (added.length === 0) return;
  errors.push(
    forbiddenField(
      FINALIZERS,
      `no new finalizers can be added if the object is being deleted, found new finalizers ${goValue('[]string', added).text}`,
    ),
  );
}

/** Label keys and values. */
export function checkLabels(
  errors: FieldError[],
  labels: Readonly<Record<string, string>> | undefined,
  at: FieldPath,
): void {
  if (!labels) return;
  for (const key of Object.keys(labels)) {
    for (const detail of qualifiedNameProblems(key)) errors.push(invalidValue(at, key, detail));
    const value = labels[key]!;
    for (const detail of labelValueProblems(value)) errors.push(invalidValue(at, value, detail));
  }
}

/** Annotation keys, and the size of all of them. */
export function checkAnnotations(
  errors: FieldError[],
  annotations: Readonly<Record<string, string>> | undefined,
  at: FieldPath,
): void {
  if (!annotations) return;
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    for (const detail of qualifiedNameProblems(key.toLowerCase())) errors.push(invalidValue(at, key, detail));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key]!);
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) errors.push(tooLong(at, '', ANNOTATIONS_BYTES_MAX));
}

/** Each further owner repeats the first one's name, which may be of any length. */
const NAME_SHOWN_MAX = 1_000;

function checkOwnerReferences(errors: FieldError[], references: readonly OwnerReference[] | undefined): void {
  let controller = '';
  const shown = goValue('[]v1.OwnerReference', references);
  for (const reference of references ?? []) {
    checkOwnerReference(errors, reference);
    if (reference.controller !== true) continue;
    const name = `${reference.kind ?? ''}/${reference.name ?? ''}`;
    if (controller === '') {
      controller = name.slice(0, NAME_SHOWN_MAX);
    } else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalidValue(OWNERS, shown, detail));
    }
  }
}

function checkOwnerReference(errors: FieldError[], reference: OwnerReference): void {
  const { group, version } = parseApiVersion(reference.apiVersion ?? '');
  if (!version || version.includes('/')) {
    errors.push(invalidValue(OWNERS.child('apiVersion'), reference.apiVersion ?? '', 'version must not be empty'));
  }
  if (!reference.kind) errors.push(invalidValue(OWNERS.child('kind'), '', 'kind must not be empty'));
  if (!reference.name) errors.push(invalidValue(OWNERS.child('name'), '', 'name must not be empty'));
  if (!reference.uid) errors.push(invalidValue(OWNERS.child('uid'), '', 'uid must not be empty'));
  if (group === '' && version === 'v1' && reference.kind === 'Event') {
    errors.push(
      invalidValue(
        OWNERS,
        goValue('v1.OwnerReference', reference),
        '/v1, Kind=Event is disallowed from being an owner',
      ),
    );
  }
}

function checkFinalizers(errors: FieldError[], finalizers: readonly string[] | undefined): void {
  for (const finalizer of finalizers ?? []) {
    for (const detail of qualifiedNameProblems(finalizer)) errors.push(invalidValue(FINALIZERS, finalizer, detail));
  }
  if (finalizers?.includes(ORPHAN) && finalizers.includes(FOREGROUND)) {
    errors.push(
      invalidValue(
        FINALIZERS,
        goValue('[]string', finalizers),
        `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`,
      ),
    );
  }
}

function checkStandardFinalizers(errors: FieldError[], meta: Readonly<ObjectMeta>): void {
  meta.finalizers?.forEach((finalizer, index) => {
    checkStandardFinalizer(errors, finalizer, FINALIZERS.index(index));
  });
}

/** Custom objects get a warning for what other objects are refused for (`registry/customresource/validator.go`). */
export function finalizerWarnings(object: Readonly<KubeObject>, old: Readonly<KubeObject> | undefined): string[] {
  const before = new Set(old?.metadata?.finalizers);
  const added = new Set(object.metadata?.finalizers?.filter((finalizer) => !before.has(finalizer)));
  return [...added].sort().flatMap((finalizer) => {
    const problems = [...qualifiedNameProblems(finalizer)];
    if (!finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer))
      problems.push(
        `prefer a domain-qualified finalizer name ${finalizer.includes('.') ? 'including a path (/) ' : ''}to avoid accidental conflicts with other finalizer writers`,
      );
    return problems.map((problem) => `${FINALIZERS}: ${goQuote(finalizer)}: ${problem}`);
  });
}

/** A finalizer without a domain must be one that Kubernetes knows. */
export function checkStandardFinalizer(errors: FieldError[], finalizer: string, at: FieldPath): void {
  if (finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer)) return;
  errors.push(invalidValue(at, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'));
}

function checkManagedFields(errors: FieldError[], entries: readonly ManagedFieldsEntry[] | undefined): void {
  entries?.forEach((entry, index) => {
    const at = MANAGED_FIELDS.index(index);
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      errors.push(invalidValue(at.child('operation'), entry.operation ?? '', 'must be `Apply` or `Update`'));
    }
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1') {
      errors.push(invalidValue(at.child('fieldsType'), entry.fieldsType, 'must be `FieldsV1`'));
    }
    checkFieldManager(errors, entry.manager ?? '', at.child('manager'));
    if (Buffer.byteLength(entry.subresource ?? '') > SUBRESOURCE_BYTES_MAX) {
      errors.push(tooLong(at.child('subresource'), entry.subresource, SUBRESOURCE_BYTES_MAX));
    }
  });
}

const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** A field manager's name: at most 128 bytes, printable. Also serves the `fieldManager` parameter (`at` is then `fieldManager`). */
export function checkFieldManager(errors: FieldError[], manager: string, at: FieldPath): void {
  if (Buffer.byteLength(manager) > FIELD_MANAGER_BYTES_MAX) errors.push(tooLong(at, manager, FIELD_MANAGER_BYTES_MAX));
  if (!UNPRINTABLE.test(manager)) return;
  let position = 0;
  for (const character of manager) {
    if (UNPRINTABLE.test(character)) {
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalidValue(at, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
}

/** An error when `value` differs from `old`; absent and empty are the same, as in Go. `type` is what Go calls it. */
export function checkImmutable(errors: FieldError[], value: unknown, old: unknown, at: FieldPath, type?: string): void {
  if (deepEqual(value ?? null, old ?? null)) return;
  errors.push(invalidValue(at, type && value ? goValue(type, value) : (value ?? null), IMMUTABLE));
}
