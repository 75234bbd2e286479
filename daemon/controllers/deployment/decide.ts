/**
 * What a Deployment needs next (`deployment_controller.go`: syncDeployment). Pure and total; each pass takes the steps that its snapshot
 * allows and the loop looks again: adopt, then the new ReplicaSet, then sizes; the status is written with each.
 */

import { canonicalJson, cloneJson, deepEqual } from '../../base/json.ts';
import { compileLabelSelector, isEmptySelector } from '../../base/label-selector.ts';
import type { DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../kinds/types.generated.ts';
import type { Decision, Waiting } from '../../runtime/loop.ts';
import { findCondition, withCondition } from '../shared/conditions.ts';
import { claim } from '../shared/ownership.ts';
import type { DeploymentAction, DeploymentSnapshot } from './actions.ts';
import { newReplicaSetAnnotations, REVISION, revisionOf } from './annotations.ts';
import { isRollingUpdate, newReplicaSetSize, replicasOf } from './fenceposts.ts';
import { findNew, renderReplicaSet } from './replica-sets.ts';
import { rollingActions, scaleDownOld, surplusHistory } from './rollout.ts';
import { isScalingEvent, scaleAll, scaleTo } from './scale.ts';
import {
  condition,
  countedStatus,
  deadlineAt,
  hasProgressDeadline,
  isComplete,
  pausedConditions,
  pauseOf,
  REASONS,
  rolloutStatus,
} from './status.ts';

/** A pass: the snapshot with its ReplicaSets sorted out. */
interface Pass extends DeploymentSnapshot {
  all: ReplicaSet[];
  newReplicaSet: ReplicaSet | undefined;
  old: ReplicaSet[];
  conditions: readonly DeploymentCondition[];
  now: number;
}

/** Past the deadline by this much, so that the comparison in whole seconds is decided. */
const DEADLINE_SLACK_MS = 1_000;

export function decide(snapshot: DeploymentSnapshot, now: number): Decision<DeploymentAction> {
  const { key, deployment } = snapshot;
  const { selector } = deployment.spec!;
  if (isEmptySelector(selector)) return refuseEmptySelector(snapshot);
  const claims = claim(deployment, compileLabelSelector(selector), snapshot.candidates);
  const all = claims.owned;
  const newReplicaSet = findNew(deployment, all);
  const old = all.filter((replicaSet) => replicaSet !== newReplicaSet);
  const conditions = pausedConditions(deployment, now);
  const pass: Pass = { ...snapshot, all, newReplicaSet, old, conditions, now };
  if (deployment.metadata?.deletionTimestamp !== undefined) return { actions: countStatus(pass) };
  const ownership: DeploymentAction[] = [
    ...claims.adoptable.map((replicaSet) => ({ type: 'adoptReplicaSet' as const, key, deployment, replicaSet })),
    ...claims.releasable.map((replicaSet) => ({ type: 'releaseReplicaSet' as const, key, deployment, replicaSet })),
  ];
  if (ownership.length > 0) return { actions: ownership };
  if (
    conditions !== deployment.status?.conditions &&
    conditions.length > 0 &&
    !deepEqual(conditions, deployment.status?.conditions ?? [])
  ) {
    return {
      actions: [
        { type: 'updateStatus', key, deployment, status: { ...deployment.status, conditions: [...conditions] } },
      ],
    };
  }
  if (pauseOf(deployment) || isScalingEvent(deployment, all)) return decideScale(pass);
  return isRollingUpdate(deployment) ? decideRolling(pass) : decideRecreate(pass);
}

function refuseEmptySelector({ key, deployment }: DeploymentSnapshot): Decision<DeploymentAction> {
  const message = 'This deployment is selecting all pods. A non-empty selector is required.';
  const waiting: Waiting[] = [{ reason: 'SelectingAll', message }];
  const generation = deployment.metadata?.generation ?? 0;
  if ((deployment.status?.observedGeneration ?? 0) >= generation) return { actions: [], waiting };
  const status = { ...deployment.status, observedGeneration: generation };
  return {
    actions: [
      { type: 'warn', key, deployment, reason: 'SelectingAll', message },
      { type: 'updateStatus', key, deployment, status },
    ],
    waiting,
  };
}

/** Paused, held, or scaled: no new template is rolled out, sizes change in proportion (`sync`). */
function decideScale(pass: Pass): Decision<DeploymentAction> {
  const { key, deployment, newReplicaSet, old } = pass;
  const revision = newReplicaSet ? syncNew(pass) : { actions: [], status: [] };
  if (revision.actions.length > 0) return { actions: [...revision.actions, ...revision.status] };
  const scaling = scaleAll(key, deployment, newReplicaSet, old);
  const pause = pauseOf(deployment);
  const cleanup = pause ? deleteSurplus(pass) : [];
  const actions = [...scaling, ...cleanup, ...countStatus(pass)];
  return { actions, waiting: pause ? [pause] : [] };
}

function decideRolling(pass: Pass): Decision<DeploymentAction> {
  const { key, deployment, newReplicaSet, old } = pass;
  if (!newReplicaSet) return { actions: createNew(pass) };
  const sync = syncNew(pass);
  if (sync.actions.length > 0) return { actions: [...sync.actions, ...sync.status] };
  const scaling = rollingActions({ key, deployment, newReplicaSet, old });
  return finish(pass, scaling);
}

function decideRecreate(pass: Pass): Decision<DeploymentAction> {
  const { key, deployment, newReplicaSet, old } = pass;
  if (newReplicaSet) {
    const sync = syncNew(pass);
    if (sync.actions.length > 0) return { actions: [...sync.actions, ...sync.status] };
  }
  const down = scaleDownOld(key, deployment, old);
  if (down.length > 0) return finish(pass, down);
  const isOldRunning =
    old.some(({ status }) => (status?.replicas ?? 0) > 0) || pass.hasOldPods(newReplicaSet?.metadata?.uid);
  if (isOldRunning) return finish(pass, []);
  if (!newReplicaSet) return { actions: createNew(pass) };
  const isSized = replicasOf(newReplicaSet) === replicasOf(deployment);
  return finish(pass, isSized ? [] : scaleTo(key, deployment, newReplicaSet, replicasOf(deployment)));
}

/** Sizes, then history, then the status, then how long to wait for progress. */
function finish(pass: Pass, scaling: DeploymentAction[]): Decision<DeploymentAction> {
  const { deployment, newReplicaSet, all, now } = pass;
  const status = rolloutStatus(deployment, all, newReplicaSet, pass.conditions, now);
  const complete = scaling.length === 0 && isComplete(deployment, deployment.status ?? {});
  const actions = [...scaling, ...(complete ? deleteSurplus(pass) : []), ...writeStatus(pass, status)];
  if (isComplete(deployment, status)) return { actions };
  const at = deadlineAt(deployment, status);
  const message = findCondition(status.conditions, 'Progressing')?.message ?? 'waiting for its ReplicaSets';
  const afterMs = at === undefined ? undefined : Math.max(0, at - now) + DEADLINE_SLACK_MS;
  return { actions, waiting: [{ reason: 'Progressing', message, ...(afterMs === undefined ? {} : { afterMs }) }] };
}

function nextRevision(old: readonly ReplicaSet[]): number {
  return old.reduce((max, replicaSet) => Math.max(max, revisionOf(replicaSet)), 0) + 1;
}

function createNew(pass: Pass): DeploymentAction[] {
  const { key, deployment, all, old, now } = pass;
  const revision = nextRevision(old);
  const replicaSet = renderReplicaSet(deployment);
  replicaSet.metadata!.annotations = newReplicaSetAnnotations(deployment, undefined, revision);
  replicaSet.spec!.replicas = newReplicaSetSize(deployment, all, undefined);
  const actions: DeploymentAction[] = [{ type: 'createReplicaSet', key, deployment, replicaSet }];
  const progress = hasProgressDeadline(deployment)
    ? [condition('Progressing', 'True', REASONS.created, `Created new replica set "${replicaSet.metadata?.name}"`, now)]
    : [];
  const conditions = progress.reduce(withCondition, [...pass.conditions] as DeploymentCondition[]);
  const status = rolloutStatus(deployment, all, replicaSet, conditions, now);
  return [...actions, ...writeStatus(pass, status), ...annotate(pass, revision)];
}

/** Revision, annotations and minReadySeconds of the existing new ReplicaSet (`getNewReplicaSet`). */
function syncNew(pass: Pass): { actions: DeploymentAction[]; status: DeploymentAction[] } {
  const { key, deployment, old, now } = pass;
  const newReplicaSet = pass.newReplicaSet!;
  const existing = newReplicaSet.metadata?.annotations ?? {};
  const annotations = newReplicaSetAnnotations(deployment, existing, nextRevision(old));
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const actions: DeploymentAction[] = [];
  if (!deepEqual(annotations, existing) || (newReplicaSet.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
    const replicaSet = cloneJson(newReplicaSet);
    replicaSet.metadata = { ...replicaSet.metadata, annotations };
    replicaSet.spec = { ...replicaSet.spec!, minReadySeconds };
    actions.push({ type: 'updateReplicaSet', key, replicaSet });
  }
  actions.push(...annotate(pass, Number(annotations[REVISION] ?? 0)));
  const isUnheard = hasProgressDeadline(deployment) && !findCondition(pass.conditions, 'Progressing');
  if (!isUnheard) return { actions, status: [] };
  const message = `Found new replica set "${newReplicaSet.metadata?.name}"`;
  const found = condition('Progressing', 'True', REASONS.found, message, now);
  pass.conditions = withCondition(pass.conditions, found);
  return { actions, status: writeStatus(pass, { ...deployment.status, conditions: [...pass.conditions] }) };
}

function annotate({ key, deployment }: Pass, revision: number): DeploymentAction[] {
  if (deployment.metadata?.annotations?.[REVISION] === String(revision)) return [];
  return [{ type: 'annotateDeployment', key, deployment, annotations: { [REVISION]: String(revision) } }];
}

function countStatus(pass: Pass): DeploymentAction[] {
  const { deployment, all, newReplicaSet, conditions, now } = pass;
  return writeStatus(pass, countedStatus(deployment, all, newReplicaSet, conditions, now));
}

function writeStatus({ key, deployment }: Pass, status: DeploymentStatus): DeploymentAction[] {
  if (canonicalJson(withoutZeros(status)) === canonicalJson(withoutZeros(deployment.status ?? {}))) return [];
  return [{ type: 'updateStatus', key, deployment, status: withoutZeros(status) }];
}

/** Counts that are zero are left out, as Go's omitempty leaves them out. */
function withoutZeros(status: DeploymentStatus): DeploymentStatus {
  const members = Object.entries(status).filter(([, value]) => value !== 0 && value !== undefined);
  return Object.fromEntries(members) as DeploymentStatus;
}

function deleteSurplus({ key, deployment, old }: Pass): DeploymentAction[] {
  return surplusHistory(deployment, old, revisionOf).map((replicaSet) => ({
    type: 'deleteReplicaSet',
    key,
    replicaSet,
  }));
}
