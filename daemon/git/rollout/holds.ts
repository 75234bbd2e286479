/**
 * Which workloads of a commit must wait, and for what: its own new namespace, what it depends on, and the earlier waves of its commit. Pure.
 *
 * A commit is in force at once, all of it; only the rollout of a held workload waits. Waves order what one commit changes and nothing else, so that a
 * workload that never becomes healthy holds nobody's later commit.
 */

import type { KindRegistry } from '../../kinds/kind.ts';
import { NAMESPACES } from '../../kinds/resources.ts';
import type { DesiredState, ObjectChanges } from '../desired-state.ts';
import { WAITS_FOR_SHOWN_MAX } from '../limits.ts';
import { describeObject, type NamedObject } from '../manifest-file.ts';
import { isWaitedFor } from '../progress/health.ts';
import { type DefinedObject, desiredAfter } from './desired-after.ts';
import { isHoldable, orderOf } from './order.ts';

/** Why a workload is held, besides what its manifest depends on (which is read from the manifest each time). */
export interface Hold {
  readonly names: NamedObject;
  /** The commit that changed it. */
  readonly commit: string;
  readonly wave: number;
  /** What the earlier waves of that commit changed; one list for all of a wave. */
  readonly earlier: readonly NamedObject[];
  /** Its namespace, when the same commit made it. */
  readonly namespace: NamedObject | undefined;
}

export interface PlannedHold extends Hold {
  /** What it waits for at first. Not empty. */
  readonly pending: readonly NamedObject[];
}

export interface HoldInput {
  state: DesiredState;
  changes: ObjectChanges;
  commit: string;
  registry: KindRegistry;
  isLive(target: NamedObject): boolean;
  /** Of what is live now. */
  isReady(target: NamedObject): boolean;
}

/** Kinds that may be stored without being ready. */
function mayBePending({ kind: { resource } }: NamedObject): boolean {
  return isWaitedFor(resource.kind) || isNamespace(resource);
}

const isNamespace = ({ group, plural }: NamedObject['kind']['resource']): boolean =>
  group === NAMESPACES.group && plural === NAMESPACES.plural;

/** The holds of a publication, before it: by store key. */
export function planHolds(input: HoldInput): Map<string, PlannedHold> {
  const { state, changes, commit, registry, isLive, isReady } = input;
  const after = desiredAfter(state, changes);
  const holds = new Map<string, PlannedHold>();
  const earlierOf = earlierWaves([...after.changed.values()], registry);
  const isPending = (target: NamedObject): boolean =>
    mayBePending(target) ? after.changed.has(target.storeKey) || !isReady(target) : false;
  for (const [key, { document }] of after.changed) {
    const names = document.names!;
    if (!isHoldable(names, document.object)) continue;
    if (names.kind.resource.kind === 'Pod' && isLive(names)) continue; // it is scheduled already
    const { wave, dependsOn } = orderOf(names, document.object, registry);
    const earlier = earlierOf(wave);
    const made = after.changed.get(`/registry/core/namespaces/${names.key.namespace}`)?.document.names;
    const namespace = made && !isLive(made) ? made : undefined;
    const pending = [...(namespace ? [namespace] : []), ...dependsOn.filter(isPending), ...earlier];
    if (pending.length > 0) holds.set(key, { names, commit, wave, earlier, namespace, pending: distinct(pending) });
  }
  return holds;
}

/** Wave → what the waves before it change and may still be pending. */
function earlierWaves(
  changed: readonly DefinedObject[],
  registry: KindRegistry,
): (wave: number) => readonly NamedObject[] {
  const members = new Map<number, NamedObject[]>();
  for (const { document } of changed) {
    const names = document.names!;
    if (!mayBePending(names)) continue;
    const { wave } = orderOf(names, document.object, registry);
    const list = members.get(wave);
    if (list) list.push(names);
    else members.set(wave, [names]);
  }
  const known = new Map<number, readonly NamedObject[]>();
  return (wave) => {
    const found = known.get(wave);
    if (found) return found;
    const earlier = [...members]
      .filter(([number]) => number < wave)
      .sort(([a], [b]) => a - b)
      .flatMap(([, names]) => names);
    known.set(wave, earlier);
    return earlier;
  };
}

export interface PendingInput {
  holds: ReadonlyMap<string, Hold>;
  state: DesiredState;
  /** Of an object that is in force. */
  dependenciesOf(storeKey: string): readonly NamedObject[];
  isReady(target: NamedObject): boolean;
}

/** What each held workload still waits for; empty: it is to be released. Holds of objects that left git are not in the result. */
export function pendingHolds({
  holds,
  state,
  dependenciesOf,
  isReady,
}: PendingInput): Map<string, readonly NamedObject[]> {
  const lists = new Map<readonly NamedObject[], readonly NamedObject[]>();
  const pendingOf = (list: readonly NamedObject[]): readonly NamedObject[] => {
    const known = lists.get(list);
    if (known) return known;
    // What has left git is nobody's condition any more.
    const pending = list.filter((target) => state.objects.has(target.storeKey) && !isReady(target));
    lists.set(list, pending);
    return pending;
  };
  const result = new Map<string, readonly NamedObject[]>();
  for (const [key, { earlier, namespace }] of holds) {
    if (!state.objects.has(key)) continue;
    result.set(
      key,
      distinct([
        ...(namespace && !isReady(namespace) ? [namespace] : []),
        ...dependenciesOf(key).filter((target) => !isReady(target)),
        ...pendingOf(earlier),
      ]),
    );
  }
  return result;
}

function distinct(targets: readonly NamedObject[]): readonly NamedObject[] {
  return [...new Map(targets.map((target) => [target.storeKey, target])).values()];
}

/** `deployment default/db, deployment default/cache and 7 more` */
export function describePending(pending: readonly NamedObject[]): string {
  const shown = pending.slice(0, WAITS_FOR_SHOWN_MAX).map(describeObject).join(', ');
  const hidden = pending.length - WAITS_FOR_SHOWN_MAX;
  return hidden > 0 ? `${shown} and ${hidden} more` : shown;
}

/** What of a commit's order must outlive a restart. */
export interface KeptOrder {
  /** Wave → store keys of what it changed and may be pending; empty when there is one wave only. */
  waves: Record<string, string[]>;
  /** Store keys of what was held. */
  held: string[];
}

/** Undefined when nothing is held. */
export function keptOrder(
  changes: ObjectChanges,
  planned: ReadonlyMap<string, PlannedHold>,
  registry: KindRegistry,
): KeptOrder | undefined {
  if (planned.size === 0) return undefined;
  const waves: Record<string, string[]> = {};
  for (const { document } of changes.changed) {
    const { names, object } = document;
    if (!names || !mayBePending(names)) continue;
    const { wave } = orderOf(names, object, registry);
    waves[wave] ??= [];
    waves[wave].push(names.storeKey);
  }
  return { waves: Object.keys(waves).length > 1 ? waves : {}, held: [...planned.keys()] };
}
