/** What the loop sees of one definition. Reads its informer only. */

import type { Informer } from '../../client/informer.ts';
import type { ServedResources } from '../../kinds/collected-resources.ts';
import type { CustomResourceDefinition } from '../../kinds/types.generated.ts';
import type { DefinitionSnapshot } from './actions.ts';

export interface DefinitionSources {
  definitions: Informer<CustomResourceDefinition>;
  resources: ServedResources;
}

export function observe({ definitions, resources }: DefinitionSources, key: string): DefinitionSnapshot | undefined {
  const definition = definitions.get({ name: key });
  if (!definition) return undefined;
  const { group, names } = definition.spec;
  const others = definitions.list().filter((one) => one.spec.group === group && one.metadata?.name !== key);
  const resource = resources.list().find((one) => one.group === group && one.plural === names.plural);
  return { key, definition, others, resource };
}
