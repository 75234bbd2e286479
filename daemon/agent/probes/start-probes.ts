/**
 * Runs the probes of this node's containers: one timer a probe, results kept per container instance.
 * It decides nothing: who is restarted or taken out of service follows from `results()`.
 */

import type { Clock, Random } from '../../base/clock.ts';
import type { Container, Pod, Probe } from '../../kinds/types.generated.ts';
import type { RuntimeExec } from '../exec/runtime-exec.ts';
import { attempt, type ProbeTarget } from './attempt.ts';
import { firstState, nextState, type ProbeState, type ProbeType, stateAt, summarise } from './schedule.ts';

export interface RunningContainer {
  name: string;
  id: string;
  startedMs: number;
  /** It ran before this agent did. */
  adopted: boolean;
  /** It is on its way out: only its readiness is still asked for, as by the kubelet. */
  stopping: boolean;
}

export interface ProbesOptions {
  clock: Clock;
  random: Random;
  exec: RuntimeExec;
  /** A result of this pod has changed. */
  onResult(uid: string): void;
  /** Every failed attempt that counts: for the `Unhealthy` event. */
  onFailure(pod: Readonly<Pod>, container: string, type: ProbeType, message: string): void;
  /** A success that its author may not have meant: for the `ProbeWarning` event. */
  onWarning(pod: Readonly<Pod>, container: string, type: ProbeType, message: string): void;
}

/** How the attempts of one probe of a container that runs went so far. `unknown`: it could not be made. */
export interface ProbeCount {
  pod: Readonly<Pod>;
  container: string;
  type: ProbeType;
  results: Partial<Record<'successful' | 'failed' | 'unknown', number>>;
}

export interface Probes {
  /** What runs now; probes of containers that are not among them end. `ip`: the pod's address, or the node's. */
  update(pod: Readonly<Pod>, running: readonly RunningContainer[], ip: string): void;
  remove(uid: string): void;
  /** Of a container instance; a container that is not known is not ready. */
  results(uid: string, containerName: string): { started: boolean; ready: boolean; live: boolean };
  counts(): ProbeCount[];
  stop(): void;
}

interface Watched {
  target: ProbeTarget;
  pod: Readonly<Pod>;
  startedMs: number;
  stopping: boolean;
  states: Partial<Record<ProbeType, ProbeState>>;
  results: Map<ProbeType, ProbeCount['results']>;
  cancels: Map<ProbeType, () => void>;
}

const UNKNOWN = { started: false, ready: false, live: true };

const probeOf = (container: Readonly<Container>, type: ProbeType): Probe | undefined =>
  ({ startup: container.startupProbe, liveness: container.livenessProbe, readiness: container.readinessProbe })[type];

/** What was found before goes on to count. */
const isOver = ({ stopping }: Watched, type: ProbeType) => stopping && type !== 'readiness';

const TYPES: readonly ProbeType[] = ['startup', 'liveness', 'readiness'];

export function startProbes(options: ProbesOptions): Probes {
  const pods = new Map<string, Map<string, Watched>>();
  const { clock } = options;

  const schedule = (uid: string, watched: Watched, type: ProbeType) => {
    const state = watched.states[type];
    if (!state) return;
    watched.cancels.get(type)?.();
    watched.cancels.set(
      type,
      clock.after(Math.max(0, state.nextMs - clock.now()), () => void runOnce(uid, watched, type)),
    );
  };

  const runOnce = async (uid: string, watched: Watched, type: ProbeType) => {
    if (isOver(watched, type)) return;
    const probe = probeOf(watched.target.container, type)!;
    const { success, message, errored, warning } = await attempt(probe, watched.target, options.exec);
    const state = watched.states[type];
    if (!state || pods.get(uid)?.get(watched.target.container.name) !== watched || isOver(watched, type)) return;
    count(watched, type, errored ? 'unknown' : success ? 'successful' : 'failed');
    const before = summarise(watched.states);
    const next = nextState(state, probe, errored ? undefined : success, clock.now());
    watched.states[type] = next;
    if (!success && !state.eager) options.onFailure(watched.pod, watched.target.container.name, type, message);
    if (warning) options.onWarning(watched.pod, watched.target.container.name, type, message);
    const after = summarise(watched.states);
    if (type === 'startup' && next.result !== undefined) endStartup(uid, watched, next.result);
    else schedule(uid, watched, type);
    if (before.started !== after.started || before.ready !== after.ready || before.live !== after.live)
      options.onResult(uid);
  };

  /** A startup probe runs until its first verdict; the others wait for it. */
  const endStartup = (uid: string, watched: Watched, passed: boolean) => {
    if (passed) begin(uid, watched, ['liveness', 'readiness'], undefined);
  };

  /** `known`: what the container was found to be before this agent started. */
  const begin = (uid: string, watched: Watched, types: readonly ProbeType[], known: KnownState | undefined) => {
    for (const type of types) {
      const probe = probeOf(watched.target.container, type);
      if (!probe) continue;
      const fresh = firstState(type, probe, watched.startedMs, clock.now(), isFine(type, known), options.random.next());
      watched.states[type] = type === 'readiness' && known?.ready ? { ...fresh, result: true, succeeded: true } : fresh;
      schedule(uid, watched, type);
    }
  };

  const watchOver = (
    uid: string,
    pod: Readonly<Pod>,
    container: Readonly<Container>,
    running: RunningContainer,
    ip: string,
  ): Watched => {
    const watched: Watched = {
      pod,
      startedMs: running.startedMs,
      stopping: running.stopping,
      target: { container, containerId: running.id, ip },
      states: {},
      results: new Map(),
      cancels: new Map(),
    };
    pods.get(uid)!.set(container.name, watched);
    const known = running.adopted ? knownState(pod, running) : undefined;
    const held = container.startupProbe !== undefined && !known?.started;
    if (known?.started && container.startupProbe)
      watched.states.startup = { ...stateAt('startup', Number.POSITIVE_INFINITY), result: true };
    // Until the startup probe passes, the readiness probe has not succeeded; its state says so.
    if (held && container.readinessProbe) watched.states.readiness = stateAt('readiness', Number.POSITIVE_INFINITY);
    const types = TYPES.filter((type) => watched.states[type] === undefined);
    begin(uid, watched, held ? ['startup'] : types, known);
    return watched;
  };

  return {
    update(pod, running, ip) {
      const uid = pod.metadata?.uid ?? '';
      const known = pods.get(uid) ?? new Map<string, Watched>();
      pods.set(uid, known);
      for (const [name, watched] of known) {
        const present = running.find(({ id }) => id === watched.target.containerId);
        if (present) {
          watched.pod = pod;
          watched.stopping ||= present.stopping;
        } else {
          cancelAll(watched);
          known.delete(name);
        }
      }
      const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
      for (const one of running) {
        const container = containers.find(({ name }) => name === one.name);
        if (container && !known.has(one.name)) watchOver(uid, pod, container, one, ip);
      }
    },
    remove(uid) {
      for (const watched of pods.get(uid)?.values() ?? []) cancelAll(watched);
      pods.delete(uid);
    },
    results(uid, containerName) {
      const watched = pods.get(uid)?.get(containerName);
      return watched ? summarise(watched.states) : UNKNOWN;
    },
    counts: () =>
      [...pods.values()].flatMap((known) =>
        [...known].flatMap(([container, { pod, results: all }]) =>
          [...all].map(([type, results]) => ({ pod, container, type, results })),
        ),
      ),
    stop() {
      for (const known of pods.values()) for (const watched of known.values()) cancelAll(watched);
      pods.clear();
    },
  };
}

function count({ results }: Watched, type: ProbeType, result: keyof ProbeCount['results']): void {
  const ofType = results.get(type) ?? {};
  ofType[result] = (ofType[result] ?? 0) + 1;
  results.set(type, ofType);
}

interface KnownState {
  started: boolean;
  ready: boolean;
}

/**
 * What the pod's status says of this very instance: an agent that starts again goes on from there, so that its restart takes no healthy
 * container out of service.
 */
function knownState({ status }: Readonly<Pod>, { name, id }: RunningContainer): KnownState | undefined {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const found = all.find((one) => one.name === name && one.containerID?.endsWith(id));
  return found && { started: found.started === true, ready: found.ready === true };
}

/** Whether its next probe may wait for its turn: one that is not in service yet must not. */
function isFine(type: ProbeType, known: KnownState | undefined): boolean {
  return known !== undefined && (type === 'liveness' || (type === 'readiness' && known.ready));
}

function cancelAll({ cancels }: Watched): void {
  for (const cancel of cancels.values()) cancel();
  cancels.clear();
}
