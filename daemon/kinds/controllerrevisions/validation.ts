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
    errors.push(invalidValue(path('data'), shown(revision.data), 'field is immutable'));
  }
  return errors;
}

function shown(data: unknown): unknown {
  if (data === undefined || data === null) return undefined;
  return goValue('runtime.Unknown', { raw: Buffer.from(JSON.stringify(data)).toString('base64') });
}
