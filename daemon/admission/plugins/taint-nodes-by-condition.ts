/**
 * TaintNodesByCondition: a new Node takes no Pods before it is known to be ready; the node lifecycle controller lifts the taint.
 */

import type { Node } from '../../kinds/types.generated.ts';
import { type Attributes, isCore, type Plugin } from '../plugin.ts';

const TAINT = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const;

export const taintNodesByCondition: Plugin = {
  name: 'TaintNodesByCondition',

  mutate(attributes: Attributes): undefined {
    if (attributes.operation !== 'create' || !isCore(attributes, 'nodes')) return;
    const node = attributes.object as Node;
    node.spec ??= {};
    const present = node.spec.taints ?? [];
    if (present.some(({ key, effect }) => key === TAINT.key && effect === TAINT.effect)) return;
    node.spec.taints = [...present, { ...TAINT }];
  },
};
