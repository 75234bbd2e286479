/**
 * The rules of NodeMetrics: there are none, since nobody writes them.
 */

import type { FieldError } from '../../base/field.ts';
import type { NodeMetrics } from '../types.generated.ts';

export function validate(_metrics: Readonly<NodeMetrics>): FieldError[] {
  return [];
}
