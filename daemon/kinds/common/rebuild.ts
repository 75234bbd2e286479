/**
 * What marks a cluster that was rebuilt from its repository, on its Node objects.
 */

import type { KubeObject } from '../../base/object.ts';

/** Set by the rebuild (with its time), removed by the node's agent when it has told its pods; or by a person: `reflet recovery --force`. */
export const AWAITING_REPORT = 'reflet.dev/awaiting-report';
/** Set by the agent: pods whose containers run on the node and that the rebuilt cluster does not know. Removing it ends them. */
export const UNKNOWN_PODS = 'reflet.dev/unknown-pods';

export function isAwaitingReport({ metadata }: Readonly<KubeObject>): boolean {
  return metadata?.annotations?.[AWAITING_REPORT] !== undefined;
}
