/**
 * What a SubjectAccessReview is: the question whether somebody may do something.
 */

import { reviewKind } from '../common/review.ts';
import type { Kind } from '../kind.ts';
import { SUBJECT_ACCESS_REVIEWS } from '../resources.ts';
import type { SubjectAccessReview } from '../types.generated.ts';
import { validate } from './validation.ts';

export const subjectAccessReview: Kind<SubjectAccessReview> = reviewKind(SUBJECT_ACCESS_REVIEWS, validate);
