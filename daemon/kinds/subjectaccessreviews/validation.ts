/**
 * The rules of a SubjectAccessReview.
 */

import type { FieldError } from '../../base/field.ts';
import { checkAttributes, checkEmptyMetadata, checkSubject } from '../common/review.ts';
import type { SubjectAccessReview } from '../types.generated.ts';

export function validate(review: Readonly<SubjectAccessReview>): FieldError[] {
  const errors: FieldError[] = [];
  checkAttributes(errors, review.spec ?? {});
  checkSubject(errors, review.spec ?? {});
  checkEmptyMetadata(errors, review, 'must be empty');
  return errors;
}
