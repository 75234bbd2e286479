/**
 * ImageLocality: nodes that have the pod's images score by their size, damped by how few nodes have them (so that one node with an image
 * does not draw everything).
 */

import { type LocalScore, SCORE_MAX } from './plugin.ts';

const MIB = 1024 * 1024;
const LEAST_BYTES = 23 * MIB;
const MOST_BYTES_PER_CONTAINER = 1000 * MIB;

export const imageLocality: LocalScore = {
  name: 'ImageLocality',
  weight: 1,
  score: (pod, node, state) => {
    if (node.images.size === 0) return 0;
    let bytes = 0;
    for (const image of pod.images) {
      const size = node.images.get(image);
      if (size !== undefined) bytes += Math.trunc((size * (state.imageNodes.get(image) ?? 0)) / state.size);
    }
    const most = MOST_BYTES_PER_CONTAINER * pod.containerCount;
    const within = Math.min(Math.max(bytes, LEAST_BYTES), most);
    return Math.trunc((SCORE_MAX * (within - LEAST_BYTES)) / (most - LEAST_BYTES));
  },
};
