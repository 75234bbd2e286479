/**
 * The rules of a SelfSubjectRulesReview: there are none.
 */

import type { FieldError } from '../../base/field.ts';
import type { SelfSubjectRulesReview } from '../types.generated.ts';

export function validate(_review: Readonly<SelfSubjectRulesReview>): FieldError[] {
  return [];
}
