/**
 * Defaults of a ClusterRole: its rules are always shown, also when there are none.
 */

import { keepEmptyAsNull, showAsNull } from '../common/defaults.ts';
import type { ClusterRole } from '../types.generated.ts';

export function setDefaults(role: ClusterRole): void {
  showAsNull(role, 'rules');
}

/** In place, on every write. */
export function prepare(role: ClusterRole): void {
  keepEmptyAsNull(role, 'rules');
}
