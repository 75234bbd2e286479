/** What the token cleaner sees of one Secret. Reads informers only. */

import type { Informer } from '../../client/informer.ts';
import type { Secret } from '../../kinds/types.generated.ts';
import type { TokenCleanerSnapshot } from './actions.ts';

export function observe(secrets: Informer<Secret>, key: string): TokenCleanerSnapshot | undefined {
  const [namespace = '', name = ''] = key.split('/');
  const secret = secrets.get({ namespace, name });
  return secret && { key, secret };
}
