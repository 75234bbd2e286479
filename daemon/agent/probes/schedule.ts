/**
 * When a container's probe runs next and what its results add up to (`core/v1` Probe; kubelet's prober worker). Pure.
 */

import type { Probe } from '../../kinds/types.generated.ts';

export type ProbeType = 'startup' | 'liveness' | 'readiness';

export interface ProbeState {
  type: ProbeType;
  /** Undefined until a threshold has been reached: then the probe's default counts. */
  result: boolean | undefined;
  /** Same results in a row, of the kind of `lastSuccess`. */
  inARow: number;
  lastSuccess: boolean | undefined;
  /** Attempts so far: how eagerly the next one comes. */
  attempts: number;
  /** It has succeeded at least once: from then on only the period counts. */
  succeeded: boolean;
  nextMs: number;
  /** The next attempt is one between two periods: its success counts, its failure does not. */
  eager: boolean;
  /** When the next regular attempt is due. */
  periodicMs: number;
}

/** A program that starts in milliseconds should not wait for a whole period to be found ready. */
const EAGER_FIRST_MS = 50;

const secondsOf = (value: number | undefined, fallback: number) => (value ?? fallback) * 1000;

/** Nothing known yet; the first attempt is due at `nextMs` (infinite: not before something else has happened). */
export function stateAt(type: ProbeType, nextMs: number): ProbeState {
  return {
    type,
    result: undefined,
    inARow: 0,
    lastSuccess: undefined,
    attempts: 0,
    succeeded: false,
    nextMs,
    eager: false,
    periodicMs: nextMs,
  };
}

/** `startedMs`: when the container started. `random` in [0, 1) spreads the probes of a restarted agent over a period. */
export function firstState(
  type: ProbeType,
  probe: Readonly<Probe>,
  startedMs: number,
  nowMs: number,
  adopted: boolean,
  random: number,
): ProbeState {
  const due = startedMs + secondsOf(probe.initialDelaySeconds, 0);
  // A container that has been running for a while is known to be fine; the agent restarted, not the container.
  const spread = adopted ? random * secondsOf(probe.periodSeconds, 10) : 0;
  const nextMs = Math.max(nowMs, due) + spread;
  return stateAt(type, nextMs);
}

/** After an attempt that ended at `nowMs`; `success` undefined: it could not be made, so nothing is known and nothing counts. */
export function nextState(
  state: Readonly<ProbeState>,
  probe: Readonly<Probe>,
  success: boolean | undefined,
  nowMs: number,
): ProbeState {
  const counts = success === true || (success === false && !state.eager);
  const counted = counts ? count(state, probe, success) : state;
  const periodMs = secondsOf(probe.periodSeconds, 10);
  const periodicMs = state.eager ? state.periodicMs : nowMs + periodMs;
  const next = { ...counted, attempts: state.attempts + 1, succeeded: state.succeeded || success === true, periodicMs };
  const waitsForFirst = state.type !== 'liveness' && !next.succeeded;
  const eagerMs = nowMs + EAGER_FIRST_MS * 2 ** Math.min(state.attempts, 16);
  if (waitsForFirst && eagerMs < periodicMs) return { ...next, nextMs: eagerMs, eager: true };
  if (success && state.eager) return { ...next, nextMs: nowMs + periodMs, periodicMs: nowMs + periodMs, eager: false };
  return { ...next, nextMs: periodicMs, eager: false };
}

function count(state: Readonly<ProbeState>, probe: Readonly<Probe>, success: boolean): ProbeState {
  const inARow = state.lastSuccess === success ? state.inARow + 1 : 1;
  const threshold = success ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return { ...state, lastSuccess: success, inARow, result: inARow >= threshold ? success : state.result };
}

/** What the results mean for the container: without a probe, or before its first threshold, the default of its type. */
export function summarise(states: Partial<Record<ProbeType, Readonly<ProbeState>>>): {
  started: boolean;
  ready: boolean;
  live: boolean;
} {
  const started = states.startup ? states.startup.result === true : true;
  const live = states.liveness?.result !== false && states.startup?.result !== false;
  const ready = started && (states.readiness ? states.readiness.result === true : true);
  return { started, ready, live };
}
