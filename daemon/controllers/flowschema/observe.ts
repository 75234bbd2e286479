/** What the flow schema loop sees of one schema. Reads informers only. */

import type { Informer } from '../../client/informer.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../kinds/types.generated.ts';
import type { FlowSchemaSnapshot } from './actions.ts';

export interface FlowSchemaSources {
  flowSchemas: Informer<FlowSchema>;
  levels: Informer<PriorityLevelConfiguration>;
}

export function observe({ flowSchemas, levels }: FlowSchemaSources, key: string): FlowSchemaSnapshot | undefined {
  const flowSchema = flowSchemas.get({ name: key });
  if (!flowSchema) return undefined;
  const name = flowSchema.spec?.priorityLevelConfiguration.name ?? '';
  return { key, flowSchema, hasLevel: levels.get({ name }) !== undefined };
}
