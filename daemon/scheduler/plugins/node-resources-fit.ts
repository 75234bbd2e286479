/** NodeResourcesFit: what is asked for must be free; the emptier node scores higher (LeastAllocated on cpu and memory). */

import { type LocalFilter, type LocalScore, SCORE_MAX } from './plugin.ts';

/** The order in which upstream looks, which is the order of reasons. */
const FIRST = ['cpu', 'memory', 'ephemeral-storage'];

export const nodeResourcesFit: LocalFilter & LocalScore = {
  name: 'NodeResourcesFit',
  weight: 1,
  filter: (pod, node) => {
    let reasons: string[] | undefined;
    if (node.pods.size + 1 > node.podsMax) reasons = ['Too many pods'];
    const lacks = (name: string, amount: number): boolean =>
      amount > 0 && amount > (node.allocatable.get(name) ?? 0) - (node.requested.get(name) ?? 0);
    for (const name of FIRST) {
      if (lacks(name, pod.requests.get(name) ?? 0)) (reasons ??= []).push(`Insufficient ${name}`);
    }
    if (pod.requests.size > 0) {
      for (const [name, amount] of pod.requests) {
        if (!FIRST.includes(name) && lacks(name, amount)) (reasons ??= []).push(`Insufficient ${name}`);
      }
    }
    return reasons && { reasons, resolvable: true };
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
