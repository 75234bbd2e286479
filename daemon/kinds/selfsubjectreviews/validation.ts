/**
 * The rules of a SelfSubjectReview: there are none.
 */

import type { FieldError } from '../../base/field.ts';
import type { SelfSubjectReview } from '../types.generated.ts';

export function validate(_review: Readonly<SelfSubjectReview>): FieldError[] {
  return [];
}
