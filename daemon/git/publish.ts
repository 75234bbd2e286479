/**
 * Puts a judged commit into force: one atomic store commit of a contiguous range of revisions, with the record that ties it to the git commit.
 *
 * Invariants: whole or not at all; the record is durable with the objects, so that a restart knows exactly which commit is in force; the
 * in-memory state follows only after the store has it. The caller holds the write lease.
 */

import type { UserInfo } from '../auth/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { JsonRecord, Store } from '../store/store.ts';
import type { DesiredState } from './desired-state.ts';
import type { Judgement } from './judge.ts';
import { PUBLISH_TRIES_MAX } from './limits.ts';
import { describeObject } from './manifest-file.ts';
import { type ObjectPlan, planObjects } from './plan-objects.ts';
import type { AdmissionPort } from './ports.ts';
import type { PushProblem } from './problem.ts';

/** The type of the record; the ledger's seed. */
export const PUBLICATION = 'git-publication';

/** What the store keeps with a publication. */
export interface PublicationRecord extends JsonRecord {
  type: typeof PUBLICATION;
  /** The git commit that came into force, and the one that was in force before. */
  commit: string;
  parent: string | null;
  /** How many revisions it took; the last one is the record's own. */
  revisions: number;
  /** Store key → uid of the objects that it created. */
  uids: Record<string, string>;
  /** Git objects that may not be in the repository yet: path below `objects/` → base64 of the loose object. */
  objects?: Record<string, string>;
}

export interface Publication {
  commit: string;
  revision: number;
  outcomes: ObjectPlan['outcomes'];
}

/** The cluster changed between the judgement and the publication, so that the commit cannot be applied (any more). */
export class PublicationRefused extends Error {
  readonly problems: readonly PushProblem[];

  constructor(problems: readonly PushProblem[]) {
    super(`the commit cannot be put into force: ${problems[0]?.message ?? ''}`);
    this.name = 'PublicationRefused';
    this.problems = problems;
  }
}

export interface PublishInput {
  state: DesiredState;
  judgement: Judgement;
  user: UserInfo;
  store: Store;
  admission: AdmissionPort;
  clock: Clock;
  log: Logger;
  /** Values that git itself stored: their events are no drift. */
  own: WeakSet<object>;
}

/** Throws {@link PublicationRefused}, or the store's 503. */
export async function publishJudgement(input: PublishInput): Promise<Publication> {
  const { state, judgement, store, log, own } = input;
  const { candidate, changes } = judgement;
  for (let tries = 1; ; tries++) {
    const plan = await planObjects({ ...input, changes });
    if (plan.problems.length > 0) {
      plan.settle(false);
      throw new PublicationRefused(plan.problems.map(toPushProblem));
    }
    for (const operation of plan.operations) if (operation.type === 'put') own.add(operation.value);
    const record: PublicationRecord = {
      type: PUBLICATION,
      commit: candidate.commit,
      parent: state.commit ?? null,
      revisions: plan.operations.length,
      uids: { ...plan.uids },
    };
    const result = await store.commit(plan.operations, { record }).catch((error: unknown) => {
      plan.settle(false);
      throw error;
    });
    plan.settle(result.ok);
    if (result.ok) {
      state.apply(candidate);
      return { commit: candidate.commit, revision: result.revision, outcomes: plan.outcomes };
    }
    const key = plan.operations[result.failed]?.key;
    log.debug({ key, tries }, 'an object changed while its commit was being published; planning again');
    if (tries >= PUBLISH_TRIES_MAX) {
      throw new PublicationRefused([{ file: '', message: `${key} keeps changing; the commit will be tried again` }]);
    }
  }
}

function toPushProblem({ file, document, problem }: ObjectPlan['problems'][number]): PushProblem {
  const { line, column, names } = document;
  const { fieldPath, message, expected } = problem;
  return {
    file: file.path,
    line,
    column,
    message,
    ...(names ? { object: describeObject(names) } : {}),
    ...(fieldPath ? { fieldPath } : {}),
    ...(expected ? { expected } : {}),
  };
}
