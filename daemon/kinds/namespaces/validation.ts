/**
 * The rules of a Namespace.
 */

import { type FieldError, invalidValue, path } from '../../base/field.ts';
import { checkQualifiedName } from '../common/checks.ts';
import { checkStandardFinalizer, newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { labelName } from '../common/names.ts';
import type { Namespace } from '../types.generated.ts';

export function validate(namespace: Readonly<Namespace>): FieldError[] {
  const errors: FieldError[] = [];
  const at = path('spec').child('finalizers');
  for (const finalizer of namespace.spec?.finalizers ?? []) {
    checkQualifiedName(errors, at, finalizer);
    checkStandardFinalizer(errors, finalizer, at);
  }
  return errors;
}

export function validateUpdate(namespace: Readonly<Namespace>, old: Readonly<Namespace>): FieldError[] {
  return [
    ...newMetadataErrors(namespace, labelName, false),
    ...validate(namespace),
    ...ownMetadataErrors(namespace, old),
  ];
}

/** The finalizers that a Namespace's removal waits for. */
export function validateFinalize(namespace: Readonly<Namespace>, old: Readonly<Namespace>): FieldError[] {
  const errors = ownMetadataErrors(namespace, old);
  for (const [index, finalizer] of (namespace.spec?.finalizers ?? []).entries()) {
    const at = path('spec').child('finalizers').index(index);
    checkQualifiedName(errors, at, finalizer);
    checkStandardFinalizer(errors, finalizer, at);
  }
  return errors;
}

export function validateStatusUpdate(namespace: Readonly<Namespace>, old: Readonly<Namespace>): FieldError[] {
  const errors = ownMetadataErrors(namespace, old);
  const phase = namespace.status?.phase ?? '';
  const at = path('status').child('Phase');
  const deleting = Boolean(namespace.metadata?.deletionTimestamp);
  if (!deleting && phase !== 'Active') {
    errors.push(invalidValue(at, phase, "may only be 'Active' if `deletionTimestamp` is empty"));
  }
  if (deleting && phase !== 'Terminating') {
    errors.push(invalidValue(at, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty"));
  }
  return errors;
}
