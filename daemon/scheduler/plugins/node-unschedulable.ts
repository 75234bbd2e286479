/** NodeUnschedulable: cordoned nodes take pods that tolerate the cordon only. */

import { tolerates } from '../../base/toleration.ts';
import type { LocalFilter } from './plugin.ts';

const CORDON = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const MISFIT = { reasons: ['node(s) were unschedulable'], resolvable: false };

export const nodeUnschedulable: LocalFilter = {
  name: 'NodeUnschedulable',
  filter: (pod, node) =>
    !node.isUnschedulable || pod.tolerations.some((toleration) => tolerates(toleration, CORDON)) ? undefined : MISFIT,
};
