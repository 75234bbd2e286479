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
import { admissionAfter } from './definitions.ts';
import type { DesiredState } from './desired-state.ts';
import type { Judgement } from './judge.ts';
import { allocationsOf } from './ledger/allocations.ts';
import type { PublishedCommits } from './ledger/entry.ts';
import { PUBLISH_TRIES_MAX } from './limits.ts';
import { describeObject } from './manifest-file.ts';
import { type ObjectPlan, planObjects } from './plan-objects.ts';
import type { AdmissionPort } from './ports.ts';
import type { PushProblem } from './problem.ts';
import { contentOf } from './revert/content.ts';
import type { HoldKeeper } from './rollout/hold-keeper.ts';
import { describePending, type KeptOrder, keptOrder } from './rollout/holds.ts';
import { hideValues } from './secrets/redact.ts';

/** The type of the record; the ledger's seed. */
export const PUBLICATION = 'git-publication';
/** What a record keeps for the repository. */
export const GIT_OBJECTS = 'git-objects';

/** What the store keeps with a publication. */
export interface PublicationRecord extends JsonRecord {
  type: typeof PUBLICATION;
  /** The git commit that came into force, and the one that was in force before. */
  commit: string;
  parent: string | null;
  /** How many revisions it took; the last one is the record's own. */
  revisions: number;
  keep: {
    /** For the ledger. */
    [PUBLICATION]: PublishedCommits;
    /** Git objects that are not durable in the repository yet: path below `objects/` → base64 of the loose object. */
    [GIT_OBJECTS]?: Record<string, string>;
  };
  /** The order of its rollout, when something had to wait. */
  order?: KeptOrder;
  /** Where the branch was, when that is not in force itself: a refused commit with writes on top. */
  tip?: string;
}

export interface Publication {
  commit: string;
  /** In force before it; undefined: nothing was. */
  parent: string | undefined;
  revision: number;
  /** When it came into force; milliseconds since the epoch. */
  atMs: number;
  user: UserInfo;
  /** An API write became it: its request tells of it. */
  isWrite?: true;
  order?: KeptOrder;
  /** Of what it changes (`revert/content.ts`), where that matters. */
  content?: string;
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
  holds: HoldKeeper;
}

/** Throws {@link PublicationRefused}, or the store's 503. */
export async function publishJudgement(input: PublishInput): Promise<Publication> {
  const { state, judgement, store, log, own, holds, user, clock } = input;
  const parent = state.commit;
  const { candidate, changes, admitted } = judgement;
  const admission = admissionAfter(input.admission, candidate);
  const { registry } = admission.environment;
  for (let tries = 1; ; tries++) {
    const held = holds.plan(changes, candidate.commit);
    const texts = new Map([...held].map(([key, { pending }]) => [key, describePending(pending)]));
    const plan = await planObjects({ ...input, admission, changes, admitted, holds: texts });
    if (plan.problems.length > 0) {
      plan.settle(false);
      throw new PublicationRefused(plan.problems.map(toPushProblem));
    }
    for (const operation of plan.operations) if (operation.type === 'put') own.add(operation.value);
    const order = keptOrder(changes, held, registry);
    const atMs = clock.now();
    const record: PublicationRecord = {
      type: PUBLICATION,
      ...soleCommit({ commit: candidate.commit, parent, atMs, user }, plan),
      ...(order ? { order } : {}),
    };
    const result = await store.commit(plan.operations, { record }).catch((error: unknown) => {
      plan.settle(false);
      throw error;
    });
    plan.settle(result.ok);
    if (result.ok) {
      state.apply(candidate);
      holds.published(changes, held);
      return {
        commit: candidate.commit,
        parent,
        revision: result.revision,
        atMs,
        user,
        outcomes: plan.outcomes,
        ...(order ? { order } : {}),
        ...(state.configuration.autoRevert.enabled ? { content: contentOf(changes) } : {}),
      };
    }
    const key = plan.operations[result.failed]?.key;
    log.debug({ key, tries }, 'an object changed while its commit was being published; planning again');
    if (tries >= PUBLISH_TRIES_MAX) {
      throw new PublicationRefused([{ file: '', message: `${key} keeps changing; the commit will be tried again` }]);
    }
  }
}

function soleCommit(
  { commit, parent, atMs, user }: Pick<Publication, 'commit' | 'parent' | 'atMs' | 'user'>,
  plan: ObjectPlan,
): Pick<PublicationRecord, 'commit' | 'parent' | 'revisions' | 'keep'> {
  const revisions = plan.operations.length;
  const about = { commit, parent: parent ?? null, revisions };
  const allocations = allocationsOf(plan.operations);
  const published = {
    ...about,
    offset: 0,
    timeMs: atMs,
    user: user.username,
    uids: { ...plan.uids },
    ...(Object.keys(allocations).length > 0 ? { allocations } : {}),
  };
  return { ...about, keep: { [PUBLICATION]: { revisions, commits: [published] } } };
}

export function toPushProblem({ file, document, problem }: ObjectPlan['problems'][number]): PushProblem {
  const { line, column, names } = document;
  const { fieldPath, expected } = problem;
  const message = hideValues(document, problem.message);
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
