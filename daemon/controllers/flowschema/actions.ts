/** What the flow schema loop sees and does. The key is a FlowSchema's name. */

import type { FlowSchema } from '../../kinds/types.generated.ts';

export type FlowSchemaAction = { type: 'updateStatus'; key: string; flowSchema: FlowSchema };

export interface FlowSchemaSnapshot {
  key: string;
  flowSchema: FlowSchema;
  /** Whether the priority level that it names is there. */
  hasLevel: boolean;
}
