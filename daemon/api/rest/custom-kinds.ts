/**
 * Serves the kinds that CustomResourceDefinitions define: follows the definitions in the store and tells the registry. A definition is served from
 * the commit on that says it is established, and until it is gone.
 */

import { registryPrefix } from '../../base/registry-key.ts';
import { makesSameKinds } from '../../kinds/custom/build-kinds.ts';
import { isEstablished } from '../../kinds/customresourcedefinitions/conditions.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { ChangingKindRegistry } from '../../kinds/registry.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../kinds/resources.ts';
import type { CustomResourceDefinition } from '../../kinds/types.generated.ts';
import type { Store } from '../../store/store.ts';

interface Served {
  readonly definition: Readonly<CustomResourceDefinition>;
  readonly kinds: readonly Kind[];
}

/** Begins with what is in the store. Returns how to end it. */
export function serveCustomKinds(store: Store, registry: ChangingKindRegistry): () => void {
  const prefix = registryPrefix(CUSTOM_RESOURCE_DEFINITIONS);
  const served = new Map<string, Served>();
  /** True when what is served changes. */
  const take = (key: string, definition: Readonly<CustomResourceDefinition> | undefined): boolean => {
    const before = served.get(key);
    if (!definition || !isEstablished(definition)) return served.delete(key);
    const isSame = before && makesSameKinds(before.definition, definition);
    if (isSame && isGoing(before.definition) === isGoing(definition)) return false;
    const kinds = registry.kindsOf(definition);
    served.set(key, { definition, kinds: isGoing(definition) ? kinds.map(withoutCreate) : kinds });
    return true;
  };
  const tell = (): void => registry.replaceCustom([...served.values()].flatMap(({ kinds }) => kinds));
  const { entries, revision } = store.range(prefix);
  const found = entries.filter(({ key, value }) => take(key, value as CustomResourceDefinition));
  if (found.length > 0) tell();
  return store.subscribe(prefix, revision, {
    events(batch) {
      const changes = batch.filter(({ key, type, value }) =>
        take(key, type === 'put' ? (value as CustomResourceDefinition) : undefined),
      );
      if (changes.length > 0) tell();
    },
  });
}

const isGoing = ({ metadata }: Readonly<CustomResourceDefinition>): boolean =>
  metadata?.deletionTimestamp !== undefined;

/** Nothing new while the definition and all that there is of it are being deleted. */
const withoutCreate = (kind: Kind): Kind => ({
  ...kind,
  verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
});
