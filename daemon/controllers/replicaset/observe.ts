/**
 * What the ReplicaSet loop sees of one ReplicaSet. Reads informers only.
 */

import { controllerOf, parseKey } from '../../base/object.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import { isPodActive } from '../shared/pod.ts';
import type { ReplicaSetSnapshot } from './actions.ts';

export function observe(informers: SharedInformers, key: string): ReplicaSetSnapshot | undefined {
  const replicaSet = informers.replicaSets.get(parseKey(key));
  if (!replicaSet?.spec) return undefined;
  const { uid = '', namespace = '' } = replicaSet.metadata ?? {};
  const owned = informers.pods.by('owner', uid);
  return {
    key,
    replicaSet,
    candidates: [...owned, ...informers.pods.by('orphans', namespace)],
    relatedPods: () => {
      const controller = controllerOf(replicaSet);
      const siblings = controller ? informers.replicaSets.by('owner', controller.uid) : [replicaSet];
      return siblings.flatMap(({ metadata }) => informers.pods.by('owner', metadata?.uid ?? '').filter(isPodActive));
    },
  };
}
