/**
 * What a SelfSubjectAccessReview is: the question whether one may do something oneself.
 */

import { reviewKind } from '../common/review.ts';
import type { Kind } from '../kind.ts';
import { SELF_SUBJECT_ACCESS_REVIEWS } from '../resources.ts';
import type { SelfSubjectAccessReview } from '../types.generated.ts';
import { validate } from './validation.ts';

export const selfSubjectAccessReview: Kind<SelfSubjectAccessReview> = reviewKind(SELF_SUBJECT_ACCESS_REVIEWS, validate);
