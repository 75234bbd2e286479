/**
 * The rules of a SelfSubjectAccessReview.
 */

import type { FieldError } from '../../base/field.ts';
import { checkAttributes, checkEmptyMetadata } from '../common/review.ts';
import type { SelfSubjectAccessReview } from '../types.generated.ts';

export function validate(review: Readonly<SelfSubjectAccessReview>): FieldError[] {
  const errors: FieldError[] = [];
  checkAttributes(errors, review.spec ?? {});
  checkEmptyMetadata(errors, review, 'must be empty');
  return errors;
}
