/**
 * The rules of a LocalSubjectAccessReview: it asks about its own namespace only.
 */

import { type FieldError, invalidValue, path } from '../../base/field.ts';
import { goValue } from '../common/go-values.ts';
import { checkAttributes, checkEmptyMetadata, checkSubject } from '../common/review.ts';
import type { LocalSubjectAccessReview } from '../types.generated.ts';

export function validate(review: Readonly<LocalSubjectAccessReview>): FieldError[] {
  const errors: FieldError[] = [];
  const spec = review.spec ?? {};
  checkAttributes(errors, spec);
  checkSubject(errors, spec);
  checkEmptyMetadata(errors, review, 'must be empty except for namespace', ['namespace']);
  const namespace = spec.resourceAttributes?.namespace ?? '';
  if (spec.resourceAttributes && namespace !== (review.metadata?.namespace ?? '')) {
    errors.push(invalidValue(path('spec.resourceAttributes.namespace'), namespace, 'must match metadata.namespace'));
  }
  if (spec.nonResourceAttributes) {
    const at = path('spec.nonResourceAttributes');
    errors.push(
      invalidValue(
        at,
        goValue('authorization.NonResourceAttributes', spec.nonResourceAttributes),
        'disallowed on this kind of request',
      ),
    );
  }
  return errors;
}
