/**
 * What becomes of an object by its owners (`garbagecollector.go`: attemptToDeleteItem). Pure and total.
 *
 * An object stays while one owner is solid; references to owners that are gone (or that wait for it) are then taken off. With no solid
 * owner it is deleted. An owner deleted in the foreground goes after its blocking dependents; one deleted with orphaning goes after
 * its dependents have let go of it.
 */

import type { Decision } from '../../runtime/loop.ts';
import type { GarbageAction, GarbageSnapshot, OwnerView } from './actions.ts';
import { type GraphNode, isTerminating } from './graph.ts';

const ORPHAN = 'orphan';
export const FOREGROUND = 'foregroundDeletion';
/** A kind that is not served now may be served later. */
const UNRESOLVABLE_RECHECK_MS = 30_000;

const has = ({ object }: GraphNode, finalizer: string): boolean =>
  object.metadata?.finalizers?.includes(finalizer) === true;

const isDeletingDependents = (node: GraphNode): boolean => isTerminating(node.object) && has(node, FOREGROUND);

export function decide(snapshot: GarbageSnapshot): Decision<GarbageAction> {
  const { key, dependents } = snapshot;
  const node: GraphNode = { resource: snapshot.resource, object: snapshot.object };
  if (isTerminating(node.object) && has(node, ORPHAN)) {
    const release: GarbageAction[] =
      dependents.length > 0
        ? [{ type: 'orphanDependents', key, node, dependents }]
        : [{ type: 'removeFinalizer', key, node, finalizer: ORPHAN }];
    return { actions: release };
  }
  if (isDeletingDependents(node)) {
    const blocking = dependents.filter((dependent) => blocks(dependent, key));
    if (blocking.length === 0) return { actions: [{ type: 'removeFinalizer', key, node, finalizer: FOREGROUND }] };
    const message = `${blocking.length} dependents block its deletion`;
    return { actions: [], waiting: [{ reason: 'ForegroundDeletion', message }] };
  }
  if (isTerminating(node.object) || snapshot.owners.length === 0) return { actions: [] };
  return decideByOwners(snapshot, node);
}

const blocks = ({ object }: GraphNode, owner: string): boolean =>
  object.metadata?.ownerReferences?.some((each) => each.uid === owner && each.blockOwnerDeletion === true) === true;

function decideByOwners(snapshot: GarbageSnapshot, node: GraphNode): Decision<GarbageAction> {
  const { key, owners, dependents } = snapshot;
  const inState = (state: OwnerView['state']) => owners.filter((owner) => owner.state === state);
  const [solid, waiting, absent] = [inState('solid'), inState('waiting'), inState('absent')];
  const warnings = owners
    .filter((owner) => owner.elsewhere !== undefined)
    .map(({ reference }): GarbageAction => ({ type: 'warnNamespace', key, node, reference }));
  if (inState('unresolvable').length > 0) {
    const kinds = inState('unresolvable').map(({ reference }) => `${reference.apiVersion} ${reference.kind}`);
    const message = `cannot tell whether its owners exist: ${kinds.join(', ')}`;
    return { actions: [], waiting: [{ reason: 'UnresolvableOwner', message, afterMs: UNRESOLVABLE_RECHECK_MS }] };
  }
  if (solid.length > 0) {
    const uids = [...absent, ...waiting].map(({ reference }) => reference.uid);
    if (uids.length === 0) return { actions: [] };
    return { actions: [...warnings, { type: 'dropOwners', key, node, uids, absent }] };
  }
  const isChained = waiting.length > 0 && dependents.length > 0;
  const unblock = isChained && dependents.some(isDeletingDependents);
  const policy = isChained || has(node, FOREGROUND) ? 'Foreground' : has(node, ORPHAN) ? 'Orphan' : 'Background';
  return { actions: [...warnings, { type: 'deleteObject', key, node, policy, absent, unblock }] };
}
