/**
 * What a TokenReview is: the question whose a bearer token is.
 */

import { reviewKind } from '../common/review.ts';
import type { Kind } from '../kind.ts';
import { TOKEN_REVIEWS } from '../resources.ts';
import type { TokenReview } from '../types.generated.ts';
import { validate } from './validation.ts';

export const tokenReview: Kind<TokenReview> = reviewKind(TOKEN_REVIEWS, validate);
