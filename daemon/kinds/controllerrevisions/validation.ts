/**
 * The rules of a ControllerRevision: what it recorded never changes.
 */

import { type FieldError, invalidValue, path, required } from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { checkNotNegative } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import type { ControllerRevision } from '../types.generated.ts';

export function validate(revision: Readonly<ControllerRevision>): FieldError[] {
  const errors: FieldError[] = [];
  if (revision.data === undefined || revision.data === null) errors.push(required(path('data'), 'data is mandatory'));
  checkNotNegative(errors, path('revision'), revision.revision);
  return errors;
}

export function validateUpdate(
  revision: Readonly<ControllerRevision>,
  old: Readonly<ControllerRevision>,
): FieldError[] {
  const errors = [
    ...ownMetadataErrors(revision, old),
    ...newMetadataErrors(revision, subdomainName),
    ...validate(revision),
  ];
  if (!deepEqual(revision.data ?? null, old.data ?? null)) {
    const raw = Buffer.from(JSON.stringify(revision.data ?? null)).toString('base64');
    errors.push(invalidValue(path('data'), goValue('runtime.Unknown', { raw }), 'field is immutable'));
  }
  return errors;
}
