/** NodeAffinity: `spec.nodeSelector`, required and preferred node affinity. */

import type { LocalFilter, LocalScore } from './plugin.ts';

const MISFIT = { reasons: ["node(s) didn't match Pod's node affinity/selector"], resolvable: false };

export const nodeAffinity: LocalFilter & LocalScore = {
  name: 'NodeAffinity',
  weight: 2,
  normalized: 'plain',
  filter: (pod, node) => (!pod.nodeMatches || pod.nodeMatches(node) ? undefined : MISFIT),
  /** The sum of the weights of the terms that match. */
  score: (pod, node) => {
    let sum = 0;
    for (const { weight, matches } of pod.preferredNodes) if (matches(node)) sum += weight;
    return sum;
  },
};
