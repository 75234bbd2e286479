/**
 * Defaults of a Role: its rules are always shown, also when there are none.
 */

import { keepEmptyAsNull, showAsNull } from '../common/defaults.ts';
import type { Role } from '../types.generated.ts';

export function setDefaults(role: Role): void {
  showAsNull(role, 'rules');
}

/** In place, on every write. */
export function prepare(role: Role): void {
  keepEmptyAsNull(role, 'rules');
}
