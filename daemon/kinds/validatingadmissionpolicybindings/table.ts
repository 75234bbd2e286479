/**
 * The table of ValidatingAdmissionPolicyBindings.
 */

import { goValue } from '../common/go-values.ts';
import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { ParamRef, ValidatingAdmissionPolicyBinding } from '../types.generated.ts';

export const table: TableDefinition<ValidatingAdmissionPolicyBinding> = {
  columns: [
    NAME_COLUMN,
    column('PolicyName', 'The policy that it makes hold.'),
    column('ParamRef', 'The parameters.'),
    AGE_COLUMN,
  ],
  cells: (object, now) => [
    nameOf(object),
    object.spec?.policyName ?? '',
    paramName(object.spec?.paramRef),
    age(object, now),
  ],
};

function paramName(reference: ParamRef | undefined): string {
  if (reference?.name) return `${reference.namespace || '*'}/${reference.name}`;
  if (!reference?.selector) return '<unset>';
  return goValue('v1.LabelSelector', reference.selector).text.replace('v1.', '&');
}
