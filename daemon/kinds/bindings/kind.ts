/**
 * What a Binding is: the answer to which node a Pod goes.
 */

import { reviewKind } from '../common/review.ts';
import type { Kind } from '../kind.ts';
import { BINDINGS } from '../resources.ts';
import type { Binding } from '../types.generated.ts';
import { validate } from './validation.ts';

export const binding: Kind<Binding> = reviewKind(BINDINGS, validate);
