/**
 * Defaults of a RoleBinding: the API group of what it names.
 */

import { setBindingDefaults } from '../common/rbac.ts';
import type { RoleBinding } from '../types.generated.ts';

export function setDefaults(binding: RoleBinding): void {
  setBindingDefaults(binding);
}
