/**
 * Defaults of a Role: its rules are always shown.
 */

import type { Role } from '../types.generated.ts';

export function setDefaults(role: Role): void {
  role.rules ??= [];
}
