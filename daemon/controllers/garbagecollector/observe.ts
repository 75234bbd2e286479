/** What the garbage collector sees of one object. Reads the graph only. */

import type { OwnerReference } from '../../base/object.ts';
import { parseApiVersion, type Resource } from '../../kinds/resource.ts';
import type { GarbageSnapshot, OwnerView } from './actions.ts';
import { FOREGROUND } from './decide.ts';
import { type GraphNode, isTerminating, namespaceOf, type OwnerGraph } from './graph.ts';

export function observe(graph: OwnerGraph, resources: readonly Resource[], key: string): GarbageSnapshot | undefined {
  const node = graph.find(key);
  if (!node) return undefined;
  const owners = (node.object.metadata?.ownerReferences ?? []).map((reference) =>
    view(graph, resources, node, reference),
  );
  return { ...node, key, owners, dependents: graph.dependentsOf(key) };
}

function view(
  graph: OwnerGraph,
  resources: readonly Resource[],
  node: GraphNode,
  reference: OwnerReference,
): OwnerView {
  const { group } = parseApiVersion(reference.apiVersion);
  const resource = resources.find((each) => each.group === group && each.kind === reference.kind);
  const namespace = namespaceOf(node.object);
  if (!resource || (resource.namespaced && namespace === undefined))
    return { reference, state: 'unresolvable', resource };
  const owner = graph.find(reference.uid);
  if (!owner) return { reference, state: 'absent', resource };
  const isNamesake =
    owner.object.metadata?.name === reference.name &&
    owner.resource.kind === reference.kind &&
    owner.resource.group === group;
  const elsewhere = namespaceOf(owner.object);
  if (elsewhere !== undefined && elsewhere !== namespace) return { reference, state: 'absent', resource, elsewhere };
  if (!isNamesake) return { reference, state: 'absent', resource };
  const isWaiting = isTerminating(owner.object) && owner.object.metadata?.finalizers?.includes(FOREGROUND) === true;
  return { reference, state: isWaiting ? 'waiting' : 'solid', resource };
}
