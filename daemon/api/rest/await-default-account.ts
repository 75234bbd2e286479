/**
 * A pod that comes right after its namespace is there before the namespace's service account `default`, which a controller makes.
 * Upstream's ServiceAccount admission waits for that account a little; so does this, before admission (which is synchronous).
 */

import type { KubeObject } from '../../base/object.ts';
import { registryKey } from '../../base/registry-key.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../../kinds/resources.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import type { RestContext } from './context.ts';
import type { Scope } from './requests.ts';

/** Upstream tries ten times, 100 to 200 ms apart. */
const WAIT_MS_MAX = 1_500;
const DEFAULT_ACCOUNT = 'default';

/** Resolves as soon as the account is there, at once when it need not be, and in any case after a bounded time. */
export function awaitDefaultAccount(context: RestContext, scope: Scope, pod: KubeObject): Promise<void> {
  const { namespace } = scope;
  const { store } = context;
  const wanted = (pod as Pod).spec?.serviceAccountName || (pod as Pod).spec?.serviceAccount || DEFAULT_ACCOUNT;
  if (!namespace || wanted !== DEFAULT_ACCOUNT) return Promise.resolve();
  const key = registryKey(SERVICE_ACCOUNTS, { namespace, name: DEFAULT_ACCOUNT });
  const isPossible = store.get(registryKey(NAMESPACES, { name: namespace })) !== undefined;
  if (!isPossible || store.get(key)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      unsubscribe();
      resolve();
    };
    const cancel = context.clock.after(WAIT_MS_MAX, done);
    const unsubscribe = store.subscribe(key, store.revision, {
      events: (batch) => batch.some((event) => event.key === key && event.type === 'put') && done(),
    });
  });
}
