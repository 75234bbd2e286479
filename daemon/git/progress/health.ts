/**
 * How far a workload is on its way to what was asked for: what `git push -o wait` shows and waits for. Pure.
 * The rules are those of `kubectl rollout status`; kinds without a rollout are healthy as soon as they are stored.
 */

import type { KubeObject } from '../../base/object.ts';

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
}

interface Workload extends KubeObject {
  spec?: { replicas?: number; paused?: boolean };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    phase?: string;
    message?: string;
    conditions?: readonly Condition[];
    containerStatuses?: readonly { ready?: boolean }[];
  };
}

const HEALTHY: Health = { state: 'healthy', text: '' };

/** Kinds that a push waits for. */
const RULES: Readonly<Record<string, (object: Workload) => Health>> = {
  Deployment: deploymentHealth,
  ReplicaSet: replicaSetHealth,
  Pod: podHealth,
};

export function isWaitedFor(kind: string): boolean {
  return Object.hasOwn(RULES, kind);
}

export function healthOf(object: Readonly<KubeObject>): Health {
  const rule = isWaitedFor(object.kind ?? '') ? RULES[object.kind!] : undefined;
  return rule ? rule(object as Workload) : HEALTHY;
}

function deploymentHealth({ metadata, spec, status = {} }: Workload): Health {
  const wanted = spec?.replicas ?? 1;
  const updated = status.updatedReplicas ?? 0;
  const ready = Math.min(status.readyReplicas ?? 0, updated);
  if ((status.observedGeneration ?? 0) < (metadata?.generation ?? 0)) {
    return { state: 'progressing', text: 'waiting for the controller' };
  }
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
  const text = `${ready}/${wanted} ready`;
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return { state: 'failed', text: `${text}: exceeded its progress deadline` };
  }
  if (spec?.paused) return { state: 'healthy', text: `${text}, paused` };
  const failure = status.conditions?.find(({ type, status: value }) => type === 'ReplicaFailure' && value === 'True');
  if (updated < wanted) {
    const why = failure ? `: ${failure.message ?? failure.reason}` : '';
    return { state: 'progressing', text: `${text}, ${updated} of ${wanted} updated${why}` };
  }
  const old = (status.replicas ?? 0) - updated;
  if (old > 0) return { state: 'progressing', text: `${text}, ${old} old ${old === 1 ? 'one is' : 'ones are'} ending` };
  if ((status.availableReplicas ?? 0) < updated) return { state: 'progressing', text };
  return { state: 'healthy', text };
}

function replicaSetHealth({ metadata, spec, status = {} }: Workload): Health {
  const wanted = spec?.replicas ?? 1;
  const ready = status.readyReplicas ?? 0;
  const observed = (status.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const done = observed && ready >= wanted && (status.replicas ?? 0) === wanted;
  return { state: done ? 'healthy' : 'progressing', text: `${ready}/${wanted} ready` };
}

function podHealth({ status = {} }: Workload): Health {
  if (status.phase === 'Succeeded') return { state: 'healthy', text: 'succeeded' };
  if (status.phase === 'Failed')
    return { state: 'failed', text: `failed: ${status.message ?? 'see kubectl describe'}` };
  const isReady = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  return isReady ? { state: 'healthy', text: 'ready' } : { state: 'progressing', text: status.phase ?? 'Pending' };
}
