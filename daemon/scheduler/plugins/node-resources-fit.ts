/** NodeResourcesFit: what is asked for must be free; the emptier node scores higher (LeastAllocated on cpu and memory). */

import { type LocalFilter, type LocalScore, SCORE_MAX } from './plugin.ts';

/** The order in which upstream looks, which is the order of reasons. */
const FIRST = ['cpu', 'memory', 'ephemeral-storage'];

export const nodeResourcesFit: LocalFilter & LocalScore = {
  name: 'NodeResourcesFit',
  weight: 1,
  filter: (pod, node) => {
    const reasons: string[] = [];
    const check = (name: string, amount: number): void => {
      if (amount <= 0) return;
      const free = (node.allocatable.get(name) ?? 0) - (node.requested.get(name) ?? 0);
      if (amount > free) reasons.push(`Insufficient ${name}`);
    };
    if (node.pods.size + 1 > node.podsMax) reasons.push('Too many pods');
    for (const name of FIRST) check(name, pod.requests.get(name) ?? 0);
    for (const [name, amount] of pod.requests) if (!FIRST.includes(name)) check(name, amount);
    return reasons.length > 0 ? { reasons, resolvable: true } : undefined;
  },
  score: (pod, node) => {
    let sum = 0;
    let count = 0;
    const rate = (name: string, taken: number, asked: number | undefined): void => {
      const capacity = node.allocatable.get(name) ?? 0;
      if (capacity === 0) return;
      const wanted = taken + (asked ?? 0);
      sum += wanted > capacity ? 0 : Math.trunc(((capacity - wanted) * SCORE_MAX) / capacity);
      count += 1;
    };
    rate('cpu', node.scoredCpu, pod.scoredRequests.get('cpu'));
    rate('memory', node.scoredMemory, pod.scoredRequests.get('memory'));
    return count === 0 ? 0 : Math.trunc(sum / count);
  },
};
