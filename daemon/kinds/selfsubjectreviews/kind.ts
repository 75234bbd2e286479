/**
 * What a SelfSubjectReview is: the question who one is.
 */

import { reviewKind } from '../common/review.ts';
import type { Kind } from '../kind.ts';
import { SELF_SUBJECT_REVIEWS } from '../resources.ts';
import type { SelfSubjectReview } from '../types.generated.ts';
import { validate } from './validation.ts';

export const selfSubjectReview: Kind<SelfSubjectReview> = reviewKind(SELF_SUBJECT_REVIEWS, validate);
