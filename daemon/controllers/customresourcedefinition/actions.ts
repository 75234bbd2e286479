/** What the loop of CustomResourceDefinitions sees and does. The key is a definition's name. */

import type { Resource } from '../../kinds/resource.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionStatus } from '../../kinds/types.generated.ts';

export type DefinitionAction =
  | { type: 'updateStatus'; key: string; definition: CustomResourceDefinition; status: CustomResourceDefinitionStatus }
  | { type: 'deleteInstances'; key: string; definition: CustomResourceDefinition; resource: Resource | undefined };

export interface DefinitionSnapshot {
  key: string;
  definition: CustomResourceDefinition;
  /** The others of its group. */
  others: readonly CustomResourceDefinition[];
  /** As its objects can be listed and deleted; undefined when no version is served. */
  resource: Resource | undefined;
}
