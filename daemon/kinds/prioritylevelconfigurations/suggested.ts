/**
 * The priority levels that every cluster begins with (`apiserver/pkg/apis/flowcontrol/bootstrap`). Mandatory ones are always as they stand
 * here, but for what is set aside for the exempt; suggested ones are the user's to change. Pure.
 */

import type { LimitResponse, PriorityLevelConfigurationSpec } from '../types.generated.ts';

const queue = (queues: number, handSize: number): LimitResponse => ({
  type: 'Queue',
  queuing: { queues, handSize, queueLengthLimit: 50 },
});

const limited = (
  nominalConcurrencyShares: number,
  lendablePercent: number,
  limitResponse: LimitResponse,
): PriorityLevelConfigurationSpec => ({
  type: 'Limited',
  limited: { nominalConcurrencyShares, limitResponse, lendablePercent },
});

export const MANDATORY_PRIORITY_LEVELS: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  'catch-all': limited(5, 0, { type: 'Reject' }),
  exempt: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
};

export const SUGGESTED_PRIORITY_LEVELS: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  system: limited(30, 33, queue(64, 6)),
  'node-high': limited(40, 25, queue(64, 6)),
  'leader-election': limited(10, 0, queue(16, 4)),
  'workload-high': limited(40, 50, queue(128, 6)),
  'workload-low': limited(100, 90, queue(128, 6)),
  'global-default': limited(20, 50, queue(128, 6)),
};
