/**
 * The rules of a ServiceAccount: only those of metadata.
 */

import type { FieldError } from '../../base/field.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import type { ServiceAccount } from '../types.generated.ts';

export function validate(_account: Readonly<ServiceAccount>): FieldError[] {
  return [];
}

export function validateUpdate(account: Readonly<ServiceAccount>, old: Readonly<ServiceAccount>): FieldError[] {
  return [...ownMetadataErrors(account, old), ...newMetadataErrors(account, subdomainName)];
}
