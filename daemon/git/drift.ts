/**
 * Keeps what git says in force against others' writes: a field that git owns and somebody else changed is put back, with an Event; an object of git
 * that somebody else deleted is made again. People's writes are commits and never get here.
 *
 * Level-triggered: the watch only names keys; what to do is found by planning git's apply onto what is live now. One object that is changed again
 * and again backs off alone.
 */

import type { Clock } from '../base/clock.ts';
import { deepEqual } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';
import { nextTurn } from '../base/turn.ts';
import type { StoreEvent } from '../store/store.ts';
import { applyAgain } from './apply-again.ts';
import type { DesiredObject } from './desired-state.ts';
import type { GitEngine } from './engine.ts';
import { DRIFT_BACKOFF_MS, DRIFT_BACKOFF_MS_MAX, LEASE_MS_MAX, PLAN_SLICE_MS } from './limits.ts';

export interface DriftWatch {
  /** Looks at every object of git: after a start, when nobody watched. */
  lookAtAll(): void;
  stop(): void;
}

interface Trouble {
  reverts: number;
  lastMs: number;
}

export function startDriftWatch(engine: GitEngine): DriftWatch {
  const { store, clock, log } = engine.options;
  const due = new Set<string>();
  const troubles = new Map<string, Trouble>();
  const waiting = new Map<string, () => void>();
  let running = false;
  let stopped = false;

  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      let sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
      for (const key of due) {
        if (stopped) return;
        if (clock.monotonic() > sliceEnds) {
          await nextTurn();
          sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
        }
        due.delete(key);
        await correct(engine, key, troubles).catch((error: unknown) => {
          log.warn({ key, error: String(error) }, 'drift could not be corrected; trying again');
          later(key, DRIFT_BACKOFF_MS);
        });
      }
    } finally {
      running = false;
    }
  };
  const later = (key: string, delayMs: number): void => {
    if (stopped || waiting.has(key)) return;
    const wake = () => {
      waiting.delete(key);
      due.add(key);
      void run();
    };
    waiting.set(key, clock.after(delayMs, wake));
  };
  const unsubscribe = store.subscribe('/registry/', store.revision, {
    events(batch) {
      for (const event of batch) {
        if (!engine.state.objects.has(event.key) || !mayDrift(engine, event)) continue;
        later(event.key, delayOf(troubles.get(event.key), clock));
      }
    },
  });
  return {
    lookAtAll() {
      for (const key of engine.state.objects.keys()) due.add(key);
      void run();
    },
    stop() {
      stopped = true;
      unsubscribe();
      for (const cancel of waiting.values()) cancel();
    },
  };
}

/** Cheap: most events are git's own or change the status only. */
function mayDrift({ own }: GitEngine, { type, value, previous }: StoreEvent): boolean {
  if (type === 'delete') return true;
  if (own.has(value)) return false;
  const before = previous?.value;
  const generation = value.metadata?.generation;
  if (!before || generation === undefined || before.metadata?.generation !== generation) return true;
  return (
    !deepEqual(before.metadata?.labels, value.metadata?.labels) ||
    !deepEqual(before.metadata?.annotations, value.metadata?.annotations)
  );
}

/** The first revert comes at once; who keeps writing is answered ever more slowly. */
function delayOf(trouble: Trouble | undefined, clock: Clock): number {
  if (!trouble) return 0;
  const calmMs = clock.monotonic() - trouble.lastMs;
  const pauseMs = Math.min(DRIFT_BACKOFF_MS_MAX, DRIFT_BACKOFF_MS * 2 ** Math.min(trouble.reverts - 1, 16));
  return Math.max(0, pauseMs - calmMs);
}

async function correct(engine: GitEngine, key: string, troubles: Map<string, Trouble>): Promise<void> {
  const { store, clock, log, events } = engine.options;
  const lease = await engine.lease.acquire(LEASE_MS_MAX);
  try {
    const object = engine.state.objects.get(key);
    if (!object || isGoing(engine, object) || engine.suspension) return;
    const live = store.get(key)?.value;
    const { document, file, names } = object;
    const applied = await applyAgain(engine, [object], engine.holds.texts);
    if (applied.result === 'changed meanwhile') throw new Error('it changed again meanwhile');
    if (applied.result === 'refused')
      log.warn({ key, problem: applied.problem }, 'what git says cannot be restored now');
    if (applied.result !== 'applied') return;
    const restored = store.get(key)?.value ?? live;
    if (live && restored && sameButOwnership(live, restored)) return;
    const trouble = troubles.get(key);
    const isCalm = !trouble || clock.monotonic() - trouble.lastMs > 2 * DRIFT_BACKOFF_MS_MAX;
    troubles.set(key, { reverts: isCalm ? 1 : trouble.reverts + 1, lastMs: clock.monotonic() });
    const place = `${file.path}:${document.line}`;
    if (live)
      events.event(
        restored!,
        'Warning',
        'DriftReverted',
        `fields that git owns were changed and put back as ${place} says (by ${lastWriter(live)})`,
      );
    else events.event(restored!, 'Warning', 'Recreated', `deleted outside of git and made again from ${place}`);
    log.info({ key, kind: names.kind.resource.kind, place }, 'drift corrected');
  } finally {
    lease.release();
  }
}

/** Applying again may only write down anew which fields are git's: nothing was put back then. */
function sameButOwnership(live: Readonly<KubeObject>, restored: Readonly<KubeObject>): boolean {
  const rest = ({ metadata, ...object }: Readonly<KubeObject>) => ({
    ...object,
    metadata: { ...metadata, managedFields: undefined, resourceVersion: undefined },
  });
  return deepEqual(rest(live), rest(restored));
}

/** What is being deleted, or whose namespace is, is not made again before it is gone. */
function isGoing({ options: { store } }: GitEngine, { names }: DesiredObject): boolean {
  if (store.get(names.storeKey)?.value.metadata?.deletionTimestamp) return true;
  const namespace = store.get(`/registry/core/namespaces/${names.key.namespace}`);
  return Boolean(namespace?.value.metadata?.deletionTimestamp);
}

function lastWriter(object: Readonly<KubeObject>): string {
  const entries = (object.metadata?.managedFields ?? []).filter(({ operation }) => operation === 'Update');
  const newest = entries.reduce<(typeof entries)[number] | undefined>(
    (latest, entry) => (!latest || (entry.time ?? '') >= (latest.time ?? '') ? entry : latest),
    undefined,
  );
  return newest?.manager ?? 'somebody';
}
