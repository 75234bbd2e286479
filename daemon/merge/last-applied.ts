/**
 * The annotation of client-side apply, `kubectl.kubernetes.io/last-applied-configuration`, as server-side apply treats it:
 * when kubectl changes over from client-side to server-side apply, fields that it had applied count as its own, and the
 * annotation, where there is one, is kept up to date.
 */

import { canonicalJson, isObject } from '../base/json.ts';
import type { JsonObject, ObjectMeta } from '../base/object.ts';
import { compareObjects } from './compare.ts';
import { difference, EMPTY_SET, type FieldSet } from './field-set.ts';
import type { MergeType } from './merge-type.ts';
import { fieldSetOf, TypedError, validateTyped } from './typed.ts';

export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** The one manager for whom the annotation is honoured. */
export const KUBECTL_MANAGER = 'kubectl';
/** All annotations together (`validation.TotalAnnotationSizeLimitB`). */
const ANNOTATIONS_BYTES_MAX = 256 * 1024;

const annotationsOf = (object: Readonly<JsonObject>): Record<string, string> | undefined =>
  (object['metadata'] as ObjectMeta | undefined)?.annotations;

/** The annotation's text, if the object carries it. */
export function lastAppliedOf(object: Readonly<JsonObject>): string | undefined {
  return annotationsOf(object)?.[LAST_APPLIED_ANNOTATION];
}

/** The fields that client-side apply set last and that still have the value it gave them. */
export function fieldsOfLastApplied(type: MergeType, live: Readonly<JsonObject>): FieldSet {
  const text = lastAppliedOf(live);
  if (!text) return EMPTY_SET;
  let applied: unknown;
  try {
    applied = JSON.parse(text);
    if (!isObject(applied) || applied['apiVersion'] !== live['apiVersion']) return EMPTY_SET;
    validateTyped(type, applied);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypedError) return EMPTY_SET;
    throw error;
  }
  const { added, modified, removed } = compareObjects(type, applied, live);
  let fields = fieldSetOf(type, applied);
  for (const changed of [modified, added, removed]) if (changed) fields = difference(fields, changed);
  return fields;
}

/** The object with the annotation set to what was just applied; without it when that would be too large. */
export function withLastApplied(object: JsonObject, applied: Readonly<JsonObject>): JsonObject {
  const metadata = object['metadata'] as ObjectMeta;
  const { [LAST_APPLIED_ANNOTATION]: _, ...others } = metadata.annotations ?? {};
  const text = `${canonicalJson(withoutAnnotation(applied))}\n`;
  const annotations = { ...others, [LAST_APPLIED_ANNOTATION]: text };
  let bytes = 0;
  for (const [name, value] of Object.entries(annotations)) bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  return {
    ...object,
    metadata: { ...metadata, annotations: bytes > ANNOTATIONS_BYTES_MAX ? others : annotations },
  };
}

function withoutAnnotation(applied: Readonly<JsonObject>): JsonObject {
  const annotations = annotationsOf(applied);
  if (!annotations || !(LAST_APPLIED_ANNOTATION in annotations)) return applied;
  const { [LAST_APPLIED_ANNOTATION]: _, ...others } = annotations;
  // As upstream, also when there are no others.
  return { ...applied, metadata: { ...(applied['metadata'] as object), annotations: others } };
}
