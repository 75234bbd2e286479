/**
 * What a SelfSubjectRulesReview is: the question what all one may do in a namespace.
 */

import { reviewKind } from '../common/review.ts';
import type { Kind } from '../kind.ts';
import { SELF_SUBJECT_RULES_REVIEWS } from '../resources.ts';
import type { SelfSubjectRulesReview } from '../types.generated.ts';
import { validate } from './validation.ts';

export const selfSubjectRulesReview: Kind<SelfSubjectRulesReview> = reviewKind(SELF_SUBJECT_RULES_REVIEWS, validate);
