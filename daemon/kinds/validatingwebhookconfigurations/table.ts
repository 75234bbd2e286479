/**
 * The table of ValidatingWebhookConfigurations.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { ValidatingWebhookConfiguration } from '../types.generated.ts';

export const table: TableDefinition<ValidatingWebhookConfiguration> = {
  columns: [NAME_COLUMN, column('Webhooks', 'How many webhooks it has.', 'integer'), AGE_COLUMN],
  cells: (object, now) => [nameOf(object), object.webhooks?.length ?? 0, age(object, now)],
};
