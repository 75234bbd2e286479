/**
 * What became of a commit: the record that is kept, shown, noted and reported. Times are RFC 3339, in UTC.
 */

import type { KeptOrder } from '../rollout/holds.ts';

/**
 * `admitted`: it is in force, nobody has looked at it yet. `superseded`: another commit came into force before it was healthy or had failed. A commit
 * that was healthy stays so in history, whatever came later.
 */
export type CommitState = 'admitted' | 'refused' | 'progressing' | 'healthy' | 'failed' | 'superseded';

export interface ObjectStatus {
  /** `deployment default/web` */
  object: string;
  /** In the store. */
  key: string;
  action: 'created' | 'configured' | 'deleted';
  state: 'progressing' | 'healthy' | 'failed';
  /** `2/3 ready` */
  text: string;
}

export interface CommitStatus {
  commit: string;
  /** In force before it. */
  parent?: string;
  state: CommitState;
  /** When it entered each state (for the last time). */
  times: Partial<Record<CommitState, string>>;
  /** Who pushed or wrote it. */
  by: string;
  /** Of its publication. */
  revision?: number;
  /** At which all its objects were seen healthy. */
  healthyRevision?: number;
  /** What it changed, the unhealthy ones first; bounded. */
  objects: ObjectStatus[];
  /** How many more it changed. */
  moreObjects: number;
  /** One sentence, for people. */
  message?: string;
  /** Why it was refused. */
  problems?: string[];
  supersededBy?: string;
  order?: KeptOrder;
  /** Of what it changes (`revert/content.ts`), to know it again. */
  content?: string;
  /** The commit that took it back, or the branch that proposes to. */
  revertedBy?: string;
  proposal?: string;
}

export const isFinal = ({ state }: CommitStatus): boolean => state !== 'admitted' && state !== 'progressing';

/** `3 of 4 healthy; deployment default/web 0/1 ready` */
export function describeStatus({ state, objects, moreObjects, message, problems }: CommitStatus): string {
  if (message) return message;
  if (state === 'refused') return problems?.[0] ?? 'refused';
  const total = objects.length + moreObjects;
  if (total === 0) return 'no object changes';
  const open = objects.filter((one) => one.state !== 'healthy');
  const noun = total === 1 ? 'object' : 'objects';
  if (open.length === 0) return `${total} ${noun} healthy`;
  const first = open.find((one) => one.state === 'failed') ?? open[0]!;
  return `${total - open.length} of ${total} ${noun} healthy; ${first.object} ${first.text}`.trim();
}
