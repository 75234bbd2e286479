/**
 * What the Deployment loop sees of one Deployment. Reads informers only.
 */

import { parseKey } from '../../base/object.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';
import { isPodTerminal } from '../shared/pod.ts';
import type { DeploymentSnapshot } from './actions.ts';

export function observe(informers: SharedInformers, key: string): DeploymentSnapshot | undefined {
  const deployment = informers.deployments.get(parseKey(key));
  if (!deployment?.spec) return undefined;
  const uid = deployment.metadata?.uid ?? '';
  const owned = informers.replicaSets.by('owner', uid);
  const orphans = informers.replicaSets.by('orphans', deployment.metadata?.namespace ?? '');
  return {
    key,
    deployment,
    candidates: [...owned, ...orphans],
    hasOldPods: (newUid) =>
      owned
        .filter(({ metadata }) => metadata?.uid !== newUid)
        .some(({ metadata }) => informers.pods.by('owner', metadata?.uid ?? '').some((pod) => !isPodTerminal(pod))),
  };
}
