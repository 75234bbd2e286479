/** What the pod garbage collector sees and does. There is one key: everything. */

import type { Pod } from '../../kinds/types.generated.ts';

export interface PodGcAction {
  type: 'forceDelete';
  key: string;
  pod: Pod;
  /** Written into the status before; the phase becomes Failed. Undefined for pods that have finished. */
  disruption: string | undefined;
  /** Ask the API first whether the pod's node is really gone. */
  checkNode: boolean;
}

export interface PodGcSnapshot {
  key: string;
  pods: readonly Pod[];
  hasNode: (name: string) => boolean;
  /** The node is not ready and tainted out-of-service. */
  isOutOfService: (name: string) => boolean;
  /** For how long the node of that name has been missing, in ms. */
  missingMs: (name: string) => number;
}
