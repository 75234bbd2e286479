/** TaintToleration: NoSchedule and NoExecute taints keep pods away, PreferNoSchedule ones count against a node. */

import { tolerates } from '../../base/toleration.ts';
import type { LocalFilter, LocalScore } from './plugin.ts';

export const taintToleration: LocalFilter & LocalScore = {
  name: 'TaintToleration',
  weight: 3,
  normalized: 'reverse',
  filter: (pod, node) => {
    const found = node.hardTaints.find((taint) => !pod.tolerations.some((toleration) => tolerates(toleration, taint)));
    if (!found) return undefined;
    return { reasons: [`node(s) had untolerated taint {${found.key}: ${found.value ?? ''}}`], resolvable: false };
  },
  /** The number of soft taints that are not tolerated. */
  score: (pod, node) => {
    if (node.softTaints.length === 0) return 0;
    const relevant = pod.tolerations.filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
    return node.softTaints.filter((taint) => !relevant.some((toleration) => tolerates(toleration, taint))).length;
  },
};
