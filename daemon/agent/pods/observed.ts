/**
 * A container as the agent sees it: what podman says, corrected by what the agent knows better. Pure.
 */

import { LABEL } from '../containers/names.ts';
import type { InspectedContainer } from '../podman/containers.ts';

export interface ObservedContainer {
  id: string;
  uid: string;
  namespace: string;
  pod: string;
  name: string;
  restartCount: number;
  hash: string;
  /** The restart back-off that counts after this instance, in ms; 0 for a first instance. */
  backoffMs: number;
  state: 'created' | 'running' | 'exited';
  createdMs: number;
  /** 0: never. */
  startedMs: number;
  /** 0: not yet. */
  finishedMs: number;
  exitCode: number;
  oomKilled: boolean;
  /** Ended by the agent, because its conmon had died: no fault of its own. */
  lost?: boolean;
  /** It was made and could not be started: the runtime's words. */
  startError?: string;
  /** What it left behind in its termination message. */
  message?: string;
  pid: number;
  conmonPid: number;
  /** `docker.io/library/nginx:1` */
  image: string;
  /** The image's id, without its algorithm. */
  imageId: string;
  stopSignal: number | string;
  /** Below each controller's root. */
  cgroupPath: string;
  /** The directory of what it writes beside its volumes, where there is one. */
  writableLayer?: string;
  /** It was there before this agent. */
  adopted: boolean;
}

const STATES: Record<string, ObservedContainer['state'] | undefined> = {
  created: 'created',
  configured: 'created',
  initialized: 'created',
  running: 'running',
  paused: 'running',
  stopping: 'running',
  stopped: 'exited',
  exited: 'exited',
  unknown: 'exited',
};

export function stateOf(status: string): ObservedContainer['state'] | undefined {
  return STATES[status.toLowerCase()];
}

const SIGTERM = 15;

/** Go's zero time, and what cannot be read, are 0. */
function milliseconds(time: string | undefined): number {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) || ms < 0 ? 0 : ms;
}

/** Undefined: not a pod's container, or one that is being removed. */
export function observe(inspected: Readonly<InspectedContainer>, adopted: boolean): ObservedContainer | undefined {
  const { Id: id, State, Config } = inspected;
  const labels = Config.Labels ?? {};
  const state = stateOf(State.Status);
  const uid = labels[LABEL.uid];
  const name = labels[LABEL.container];
  if (!uid || !name || !state) return undefined;
  const writableLayer = inspected.GraphDriver?.Data?.UpperDir;
  const startedMs = state === 'created' ? 0 : milliseconds(State.StartedAt);
  return {
    id,
    uid,
    namespace: labels[LABEL.namespace] ?? '',
    pod: labels[LABEL.pod] ?? '',
    name,
    restartCount: Number(labels[LABEL.restartCount] ?? 0),
    hash: labels[LABEL.hash] ?? '',
    backoffMs: Number(labels[LABEL.backoff] ?? 0),
    state,
    createdMs: milliseconds(inspected.Created),
    startedMs,
    finishedMs: state === 'exited' ? milliseconds(State.FinishedAt) || startedMs : 0,
    exitCode: state === 'exited' ? State.ExitCode : 0,
    oomKilled: State.OOMKilled,
    pid: State.Pid,
    conmonPid: State.ConmonPid ?? 0,
    image: inspected.ImageName,
    imageId: inspected.Image.replace(/^sha256:/, ''),
    stopSignal: Config.StopSignal || SIGTERM,
    cgroupPath: State.CgroupPath ?? '',
    ...(writableLayer ? { writableLayer } : {}),
    adopted,
  };
}

/** Instances of one container, the newest first. */
export function instancesOf(containers: readonly ObservedContainer[], name: string): ObservedContainer[] {
  return containers
    .filter((one) => one.name === name)
    .sort((a, b) => b.restartCount - a.restartCount || b.createdMs - a.createdMs);
}
