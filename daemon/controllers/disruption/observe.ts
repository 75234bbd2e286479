/** What the disruption loop sees of one budget. Reads informers only. */

import { compileLabelSelector } from '../../base/label-selector.ts';
import { controllerOf, type KubeObject, type OwnerReference, parseKey } from '../../base/object.ts';
import type { Informer } from '../../client/informer.ts';
import { parseApiVersion } from '../../kinds/resource.ts';
import type { Pod, PodDisruptionBudget } from '../../kinds/types.generated.ts';
import type { LazyInformers } from '../shared/lazy-informers.ts';
import type { DisruptionSnapshot, OwnerScale } from './actions.ts';

/** Of a Pod's owners: the ReplicaSet and its Deployment; nobody builds higher. */
const OWNERS_MAX = 4;

/** Nothing while the controllers of some Pod are not listed yet. */
export function observe(
  budgets: Informer<PodDisruptionBudget>,
  pods: Informer<Pod>,
  owners: LazyInformers,
  key: string,
): DisruptionSnapshot | undefined {
  const budget = budgets.get(parseKey(key));
  if (!budget) return undefined;
  const matches = compileLabelSelector(budget.spec?.selector);
  const namespace = budget.metadata?.namespace ?? '';
  const chosen = pods.inNamespace(namespace).filter(({ metadata }) => matches(metadata?.labels));
  const scales = new Map<string, OwnerScale | 'unknown'>();
  for (const pod of chosen) {
    const reference = controllerOf(pod);
    if (!reference || scales.has(reference.uid)) continue;
    const scale = scaleOf(owners, namespace, reference);
    if (scale === 'unlisted') return undefined;
    scales.set(reference.uid, scale);
  }
  return {
    key,
    budget,
    pods: chosen,
    scaleOf: (pod) => scales.get(controllerOf(pod)?.uid ?? ''),
  };
}

/** Of the topmost controller that says how many there shall be. */
function scaleOf(
  owners: LazyInformers,
  namespace: string,
  reference: OwnerReference,
): OwnerScale | 'unknown' | 'unlisted' {
  let scale: OwnerScale | 'unknown' = 'unknown';
  let next: OwnerReference | undefined = reference;
  for (let level = 0; next && level < OWNERS_MAX; level++) {
    const { group } = parseApiVersion(next.apiVersion);
    const [followed] = owners.follow((one) => one.group === group && one.kind === next?.kind);
    if (!followed) break;
    if (!followed.isSynced) return 'unlisted';
    const owner = followed.informer.get({ namespace, name: next.name });
    if (owner?.metadata?.uid !== next.uid) break;
    const { replicas } = (owner as KubeObject & { spec?: { replicas?: number } }).spec ?? {};
    if (typeof replicas === 'number') scale = { uid: next.uid, replicas };
    next = controllerOf(owner);
  }
  return scale;
}
