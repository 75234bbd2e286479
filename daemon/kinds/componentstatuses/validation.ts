/**
 * The rules of ComponentStatuses: there are none, since nobody writes them.
 */

import type { FieldError } from '../../base/field.ts';
import type { ComponentStatus } from '../types.generated.ts';

export function validate(_status: Readonly<ComponentStatus>): FieldError[] {
  return [];
}
