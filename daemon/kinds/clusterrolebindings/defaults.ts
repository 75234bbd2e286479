/**
 * Defaults of a ClusterRoleBinding: the API group of what it names.
 */

import { setBindingDefaults } from '../common/rbac.ts';
import type { ClusterRoleBinding } from '../types.generated.ts';

export function setDefaults(binding: ClusterRoleBinding): void {
  setBindingDefaults(binding);
}
