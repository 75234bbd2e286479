/** What the namespace loop sees of one namespace. Reads informers only. */

import type { SharedInformers } from '../../runtime/shared-informers.ts';
import type { NamespaceSnapshot } from './actions.ts';

export function observe(informers: SharedInformers, key: string): NamespaceSnapshot | undefined {
  const namespace = informers.namespaces.get({ name: key });
  return namespace && { key, namespace };
}
