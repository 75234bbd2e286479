/**
 * The parameters of writes: what they may be together, and what is derived from them. Pure.
 */

import { type FieldError, forbiddenField, path, required } from '../../base/field.ts';
import { invalid } from '../../base/status.ts';
import { checkFieldManager } from '../../kinds/common/metadata.ts';
import type { PatchParameters, Scope, WriteParameters } from './requests.ts';

const META_GROUP = 'meta.k8s.io';
const FIELD_MANAGER = path('fieldManager');
const MANAGER_LENGTH_MAX = 128;

/** Throws 422 `CreateOptions.meta.k8s.io "" is invalid: …`. */
export function checkWriteOptions(kind: 'CreateOptions' | 'UpdateOptions', { fieldManager }: WriteParameters): void {
  const errors: FieldError[] = [];
  checkFieldManager(errors, fieldManager ?? '', FIELD_MANAGER);
  if (errors.length > 0) throw invalid({ group: META_GROUP, kind }, '', errors);
}

export function checkPatchOptions({ type, force, fieldManager }: PatchParameters): void {
  const errors: FieldError[] = [];
  if (type === 'apply') {
    if (!fieldManager) errors.push(required(FIELD_MANAGER, 'is required for apply patch'));
  } else if (force) {
    errors.push(forbiddenField(path('force'), 'may not be specified for non-apply patch'));
  }
  checkFieldManager(errors, fieldManager ?? '', FIELD_MANAGER);
  if (errors.length > 0) throw invalid({ group: META_GROUP, kind: 'PatchOptions' }, '', errors);
}

/** The field manager: as given, else the user agent's first segment (`kubectl/v1.32 …` → `kubectl`), else `unknown`. */
export function managerOf({ userAgent }: Scope, { fieldManager }: WriteParameters): string {
  if (fieldManager) return fieldManager;
  const prefix = (userAgent ?? '').split('/')[0] ?? '';
  const printable = [...prefix].filter((character) => !/\p{C}/u.test(character)).join('');
  return (
    Buffer.from(printable)
      .subarray(0, MANAGER_LENGTH_MAX)
      .toString('utf8')
      .replace(/\uFFFD$/, '') || 'unknown'
  );
}
