/**
 * The table of ValidatingAdmissionPolicies.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { ValidatingAdmissionPolicy } from '../types.generated.ts';

export const table: TableDefinition<ValidatingAdmissionPolicy> = {
  columns: [
    NAME_COLUMN,
    column('Validations', 'How many expressions must be true.', 'integer'),
    column('ParamKind', 'The kind of its parameters.'),
    AGE_COLUMN,
  ],
  cells: (object, now) => {
    const { validations, paramKind } = object.spec ?? {};
    const kind = paramKind ? `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}` : '<unset>';
    return [nameOf(object), validations?.length ?? 0, kind, age(object, now)];
  },
};
