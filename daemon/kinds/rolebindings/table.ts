/**
 * The table of RoleBindings.
 */

import { bindingTable } from '../common/rbac.ts';
import type { TableDefinition } from '../kind.ts';
import type { RoleBinding } from '../types.generated.ts';

export const table: TableDefinition<RoleBinding> = bindingTable<RoleBinding>();
