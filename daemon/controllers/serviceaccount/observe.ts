/** What the ServiceAccount loop sees of one namespace. Reads informers only. */

import type { SharedInformers } from '../../runtime/shared-informers.ts';
import type { ServiceAccountSnapshot } from './actions.ts';
import { DEFAULT_NAME } from './decide.ts';

export function observe(informers: SharedInformers, key: string): ServiceAccountSnapshot | undefined {
  const namespace = informers.namespaces.get({ name: key });
  if (!namespace) return undefined;
  return { key, namespace, existing: informers.serviceAccounts.get({ namespace: key, name: DEFAULT_NAME }) };
}
