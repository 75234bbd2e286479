/**
 * The table of ClusterRoleBindings.
 */

import { bindingTable } from '../common/rbac.ts';
import type { TableDefinition } from '../kind.ts';
import type { ClusterRoleBinding } from '../types.generated.ts';

export const table: TableDefinition<ClusterRoleBinding> = bindingTable<ClusterRoleBinding>();
