/**
 * The rules of `metav1.Condition` lists (`apimachinery/pkg/apis/meta/v1/validation`: ValidateConditions).
 */

import { duplicate, type FieldError, type FieldPath, invalidValue, required, tooLong } from '../../base/field.ts';
import { conditionReasonProblems } from '../../base/names.ts';
import type { Condition } from '../types.generated.ts';
import { checkOneOf, checkProblems, checkQualifiedName } from './checks.ts';

const REASON_BYTES_MAX = 1024;
const MESSAGE_BYTES_MAX = 32 * 1024;

export function checkConditions(
  errors: FieldError[],
  conditions: readonly Partial<Condition>[] | undefined,
  at: FieldPath,
): void {
  const types = new Set<string>();
  conditions?.forEach((condition, index) => {
    const { type = '' } = condition;
    if (types.has(type)) errors.push(duplicate(at.index(index).child('type'), type));
    types.add(type);
    checkCondition(errors, condition, at.index(index));
  });
}

function checkCondition(
  errors: FieldError[],
  { type, status, observedGeneration = 0, lastTransitionTime, reason, message = '' }: Partial<Condition>,
  at: FieldPath,
): void {
  checkQualifiedName(errors, at.child('type'), type ?? '');
  checkOneOf(errors, at.child('status'), status ?? '', ['False', 'True', 'Unknown']);
  if (observedGeneration < 0)
    errors.push(
      invalidValue(at.child('observedGeneration'), observedGeneration, 'must be greater than or equal to zero'),
    );
  if (!lastTransitionTime) errors.push(required(at.child('lastTransitionTime'), 'must be set'));
  if (!reason) errors.push(required(at.child('reason'), 'must be set'));
  else {
    checkProblems(errors, at.child('reason'), reason, conditionReasonProblems(reason));
    if (Buffer.byteLength(reason) > REASON_BYTES_MAX)
      errors.push(tooLong(at.child('reason'), reason, REASON_BYTES_MAX));
  }
  if (Buffer.byteLength(message) > MESSAGE_BYTES_MAX)
    errors.push(tooLong(at.child('message'), message, MESSAGE_BYTES_MAX));
}
