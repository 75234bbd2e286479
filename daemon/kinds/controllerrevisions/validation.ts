/**
 * The rules of a ControllerRevision: what it recorded never changes.
 */

import { type FieldError, path, required } from '../../base/field.ts';
import { checkNotNegative } from '../common/checks.ts';
import { checkImmutable, newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
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
  checkImmutable(errors, revision.data, old.data, path('data'));
  return errors;
}
