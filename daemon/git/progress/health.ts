/**
 * How far a workload is on its way to what was asked for: what `git push -o wait` shows and waits for. Pure.
 * The rules are those of `kubectl rollout status`; kinds without a rollout are healthy as soon as they are stored.
 */

import { parseTime } from '../../base/clock.ts';
import type { KubeObject } from '../../base/object.ts';
import { heldFor } from '../../kinds/common/rollout-order.ts';
import { isJobComplete, trueCondition } from '../../kinds/jobs/conditions.ts';
import type { Job } from '../../kinds/types.generated.ts';

export interface Health {
  state: 'progressing' | 'healthy' | 'failed';
  /** `2/3 ready`; `''` for what has nothing to show. */
  text: string;
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastUpdateTime?: string;
}

interface Workload extends KubeObject {
  spec?: {
    replicas?: number;
    paused?: boolean;
    completions?: number;
    suspend?: boolean;
    containers?: readonly { name?: string; image?: string }[];
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    succeeded?: number;
    phase?: string;
    message?: string;
    conditions?: readonly Condition[];
    containerStatuses?: readonly {
      name?: string;
      image?: string;
      state?: { running?: { startedAt?: string } };
    }[];
  };
}

const HEALTHY: Health = { state: 'healthy', text: '' };

/** Kinds that a push waits for. */
const RULES: Readonly<Record<string, (object: Workload, sinceMs: number) => Health>> = {
  Deployment: deploymentHealth,
  ReplicaSet: replicaSetHealth,
  Job: jobHealth,
  Pod: podHealth,
};

export function isWaitedFor(kind: string): boolean {
  return Object.hasOwn(RULES, kind);
}

/**
 * `sinceMs`: when what is asked for came into force; a deadline that passed before that was another rollout's. Milliseconds since the epoch.
 */
export function healthOf(object: Readonly<KubeObject>, sinceMs = 0): Health {
  const rule = isWaitedFor(object.kind ?? '') ? RULES[object.kind!] : undefined;
  if (!rule) return HEALTHY;
  const held = heldFor(object);
  return held === undefined ? rule(object as Workload, sinceMs) : { state: 'progressing', text: `waits for ${held}` };
}

function deploymentHealth({ metadata, spec, status = {} }: Workload, sinceMs: number): Health {
  const wanted = spec?.replicas ?? 1;
  const updated = status.updatedReplicas ?? 0;
  const old = Math.max(0, (status.replicas ?? 0) - updated);
  // The status does not tell the ready old ones from the ready new ones: the old ones are taken for ready.
  const ready = Math.max(0, Math.min((status.readyReplicas ?? 0) - old, updated));
  if ((status.observedGeneration ?? 0) < (metadata?.generation ?? 0)) {
    return { state: 'progressing', text: 'waiting for the controller' };
  }
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
  const text = `${ready}/${wanted} ready`;
  if (progressing?.reason === 'ProgressDeadlineExceeded' && isLater(progressing, sinceMs)) {
    return { state: 'failed', text: `${text}: exceeded its progress deadline` };
  }
  if (spec?.paused) return { state: 'healthy', text: `${text}, paused` };
  const failure = status.conditions?.find(({ type, status: value }) => type === 'ReplicaFailure' && value === 'True');
  if (updated < wanted) {
    const why = failure ? `: ${failure.message ?? failure.reason}` : '';
    return { state: 'progressing', text: `${text}, ${updated} of ${wanted} updated${why}` };
  }
  if (old > 0) return { state: 'progressing', text: `${text}, ${old} old ${old === 1 ? 'one is' : 'ones are'} ending` };
  if ((status.availableReplicas ?? 0) < updated) return { state: 'progressing', text };
  return { state: 'healthy', text };
}

/** Conditions tell whole seconds, and no deadline is shorter: one of the same second is the earlier rollout's. */
function isLater({ lastUpdateTime }: Condition, sinceMs: number): boolean {
  const ms = lastUpdateTime ? parseTime(lastUpdateTime) : Number.POSITIVE_INFINITY;
  return !(ms <= Math.floor(sinceMs / 1_000) * 1_000);
}

function replicaSetHealth({ metadata, spec, status = {} }: Workload): Health {
  const wanted = spec?.replicas ?? 1;
  const ready = status.readyReplicas ?? 0;
  const observed = (status.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const done = observed && ready >= wanted && (status.replicas ?? 0) === wanted;
  return { state: done ? 'healthy' : 'progressing', text: `${ready}/${wanted} ready` };
}

function jobHealth(object: Workload): Health {
  const { spec, status } = object as Readonly<Job>;
  const failed = trueCondition(object as Readonly<Job>, 'Failed');
  if (failed) return { state: 'failed', text: `failed: ${failed.message || failed.reason}` };
  const text = `${status?.succeeded ?? 0}/${spec?.completions ?? 1} succeeded`;
  if (isJobComplete(object as Readonly<Job>)) return { state: 'healthy', text };
  if (spec?.suspend) return { state: 'healthy', text: `${text}, suspended` };
  return { state: 'progressing', text };
}

function podHealth({ spec, status = {} }: Workload, sinceMs: number): Health {
  if (status.phase === 'Succeeded') return { state: 'healthy', text: 'succeeded' };
  if (status.phase === 'Failed')
    return { state: 'failed', text: `failed: ${status.message ?? 'see kubectl describe'}` };
  const isReady = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  // A Pod has no observedGeneration: after a change of its image, Ready is still the former container's word.
  const former = status.containerStatuses?.find(({ name, image, state }) => {
    const wanted = spec?.containers?.find((container) => container.name === name)?.image;
    const isOld = parseTime(state?.running?.startedAt ?? '') < sinceMs;
    return isOld && image && wanted && plainImage(image) !== plainImage(wanted);
  });
  if (isReady && former) return { state: 'progressing', text: `container ${former.name} still runs ${former.image}` };
  return isReady ? { state: 'healthy', text: 'ready' } : { state: 'progressing', text: status.phase ?? 'Pending' };
}

/** The name without what podman or Docker add to it. */
function plainImage(image: string): string {
  const name = image.replace(/^(docker\.io\/library\/|docker\.io\/|localhost\/)/, '');
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`;
}
