/**
 * What a LocalSubjectAccessReview is: the question whether somebody may do something in one namespace.
 */

import { reviewKind } from '../common/review.ts';
import type { Kind } from '../kind.ts';
import { LOCAL_SUBJECT_ACCESS_REVIEWS } from '../resources.ts';
import type { LocalSubjectAccessReview } from '../types.generated.ts';
import { validate } from './validation.ts';

export const localSubjectAccessReview: Kind<LocalSubjectAccessReview> = reviewKind(
  LOCAL_SUBJECT_ACCESS_REVIEWS,
  validate,
);
