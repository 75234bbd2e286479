/**
 * The parameters of writes: what they may be together, and what is derived from them. Pure.
 */

import type { AdmissionResult } from '../../admission/contract.ts';
import { type FieldError, forbiddenField, notSupported, path, required } from '../../base/field.ts';
import type { JsonObject } from '../../base/object.ts';
import { invalid } from '../../base/status.ts';
import { goValue } from '../../kinds/common/go-values.ts';
import { checkFieldManager } from '../../kinds/common/metadata.ts';
import type { RestContext } from './context.ts';
import type { PatchParameters, Scope, WriteParameters } from './requests.ts';

const META_GROUP = 'meta.k8s.io';
const FIELD_MANAGER = path('fieldManager');
const MANAGER_LENGTH_MAX = 128;
const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

/** What a request says, before it is known to be right. */
export interface GivenOptions {
  fieldManager?: string | undefined;
  dryRun?: readonly string[];
  fieldValidation?: string | undefined;
}

/** Throws 422 `CreateOptions.meta.k8s.io "" is invalid: …`. */
export function checkWriteOptions(kind: 'CreateOptions' | 'UpdateOptions', given: GivenOptions): void {
  const errors: FieldError[] = [];
  checkGiven(errors, given);
  if (errors.length > 0) throw invalid({ group: META_GROUP, kind }, '', errors);
}

export function checkPatchOptions({
  type,
  force,
  ...given
}: GivenOptions & Pick<PatchParameters, 'type' | 'force'>): void {
  const errors: FieldError[] = [];
  if (type === 'apply') {
    if (!given.fieldManager) errors.push(required(FIELD_MANAGER, 'is required for apply patch'));
  } else if (force !== undefined) {
    errors.push(forbiddenField(path('force'), 'may not be specified for non-apply patch'));
  }
  checkGiven(errors, given);
  if (errors.length > 0) throw invalid({ group: META_GROUP, kind: 'PatchOptions' }, '', errors);
}

function checkGiven(errors: FieldError[], { fieldManager = '', dryRun = [], fieldValidation = '' }: GivenOptions) {
  checkFieldManager(errors, fieldManager, FIELD_MANAGER);
  checkDryRun(errors, dryRun);
  if (!FIELD_VALIDATIONS.includes(fieldValidation))
    errors.push(notSupported(path('fieldValidation'), fieldValidation, FIELD_VALIDATIONS));
}

/** `All` is the only value there is; it may be given more than once. */
export function checkDryRun(errors: FieldError[], dryRun: readonly string[]): void {
  if (dryRun.every((one) => one === 'All')) return;
  errors.push(notSupported(path('dryRun'), goValue('[]string', dryRun), ['All']));
}

/** `CreateOptions`, `UpdateOptions` or `PatchOptions`, as webhooks and policies are shown them. */
export function optionsOf(
  verb: string,
  scope: Scope,
  { fieldManager, dryRun, fieldValidation }: WriteParameters,
): JsonObject {
  const kind = verb === 'create' ? 'CreateOptions' : verb === 'update' ? 'UpdateOptions' : 'PatchOptions';
  return {
    kind,
    apiVersion: `${META_GROUP}/v1`,
    ...(dryRun ? { dryRun: ['All'] } : {}),
    ...(fieldManager ? { fieldManager: managerOf(scope, { fieldManager }) } : {}),
    ...(fieldValidation ? { fieldValidation } : {}),
  };
}

/** What admission has to say beside yes and no. */
export function annotateAudit({ annotate }: RestContext, { auditAnnotations = {} }: AdmissionResult): void {
  for (const [key, value] of Object.entries(auditAnnotations)) annotate?.(key, value);
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
