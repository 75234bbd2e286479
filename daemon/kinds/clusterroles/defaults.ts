/**
 * Defaults of a ClusterRole: its rules are always shown.
 */

import type { ClusterRole } from '../types.generated.ts';

export function setDefaults(role: ClusterRole): void {
  role.rules ??= [];
}
