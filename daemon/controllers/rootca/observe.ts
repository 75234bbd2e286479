/** What the root CA loop sees of one namespace. Reads informers only. */

import type { Informer } from '../../client/informer.ts';
import type { ConfigMap, Namespace } from '../../kinds/types.generated.ts';
import type { RootCaSnapshot } from './actions.ts';
import { ROOT_CA_NAME } from './decide.ts';

export interface RootCaSources {
  namespaces: Informer<Namespace>;
  configMaps: Informer<ConfigMap>;
  ca: string;
}

export function observe({ namespaces, configMaps, ca }: RootCaSources, key: string): RootCaSnapshot | undefined {
  const namespace = namespaces.get({ name: key });
  if (!namespace) return undefined;
  return { key, namespace, existing: configMaps.get({ namespace: key, name: ROOT_CA_NAME }), ca };
}
