/** NodeResourcesBalancedAllocation: cpu and memory of a node should be used to like shares. */

import { type LocalScore, SCORE_MAX } from './plugin.ts';

export const balancedAllocation: LocalScore = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  score: (pod, node) => {
    const share = (name: string): number | undefined => {
      const capacity = node.allocatable.get(name) ?? 0;
      if (capacity === 0) return undefined;
      const wanted = (node.requested.get(name) ?? 0) + (pod.requests.get(name) ?? 0);
      return Math.min(1, wanted / capacity);
    };
    const cpu = share('cpu');
    const memory = share('memory');
    // The standard deviation of two values is half their distance; of one it is zero.
    const deviation = cpu === undefined || memory === undefined ? 0 : Math.abs(cpu - memory) / 2;
    return Math.trunc((1 - deviation) * SCORE_MAX);
  },
};
