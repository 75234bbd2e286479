/**
 * The rules of a TokenReview: there are none.
 */

import type { FieldError } from '../../base/field.ts';
import type { TokenReview } from '../types.generated.ts';

export function validate(_review: Readonly<TokenReview>): FieldError[] {
  return [];
}
