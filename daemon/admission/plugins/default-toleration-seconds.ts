/**
 * DefaultTolerationSeconds: a Pod stays for five minutes on a node that is not ready or not reachable, unless it says otherwise.
 */

import type { Pod, Toleration } from '../../kinds/types.generated.ts';
import { type Attributes, isCore, type Plugin } from '../plugin.ts';

const TOLERATED_SECONDS = 300;
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

export const defaultTolerationSeconds: Plugin = {
  name: 'DefaultTolerationSeconds',

  mutate(attributes: Attributes): undefined {
    if (attributes.operation === 'delete' || !isCore(attributes, 'pods')) return;
    const { spec } = attributes.object as Pod;
    if (!spec) return;
    const present = spec.tolerations ?? [];
    const missing = TAINTS.filter((taint) => !present.some((toleration) => tolerates(toleration, taint)));
    if (missing.length === 0) return;
    const added = missing.map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: TOLERATED_SECONDS,
    }));
    spec.tolerations = [...present, ...added];
  },
};

function tolerates({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute');
}
