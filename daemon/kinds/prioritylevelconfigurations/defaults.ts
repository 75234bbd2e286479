/**
 * Defaults of a PriorityLevelConfiguration (`pkg/apis/flowcontrol/v1/defaults.go`).
 */

import { showEachAsNull } from '../common/defaults.ts';
import type { PriorityLevelConfiguration } from '../types.generated.ts';

const SHARES = 30;
const QUEUES = 64;
const HAND_SIZE = 8;
const QUEUE_LENGTH_LIMIT = 50;

export function setDefaults(level: PriorityLevelConfiguration): void {
  showEachAsNull(level.status?.conditions, 'lastTransitionTime');
  level.spec ??= { type: '' };
  const { limited, exempt } = level.spec;
  if (exempt) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (!limited) return;
  limited.nominalConcurrencyShares ??= SHARES;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (!queuing) return;
  queuing.queues ||= QUEUES;
  queuing.handSize ||= HAND_SIZE;
  queuing.queueLengthLimit ||= QUEUE_LENGTH_LIMIT;
}
