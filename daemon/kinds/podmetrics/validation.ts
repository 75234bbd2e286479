/**
 * The rules of PodMetrics: there are none, since nobody writes them.
 */

import type { FieldError } from '../../base/field.ts';
import type { PodMetrics } from '../types.generated.ts';

export function validate(_metrics: Readonly<PodMetrics>): FieldError[] {
  return [];
}
