/**
 * Fits endpoints into slices with few writes (`endpointslice/reconciler.go`: reconcileByPortMapping). Pure.
 *
 * Endpoints stay in the slice where they are; new ones fill slices that change anyway, then whole new slices, then the fullest slice
 * that has room. Without any endpoint one empty placeholder slice stands for the service.
 */

import { canonicalJson, cloneJson, deepEqual } from '../../base/json.ts';
import type { Endpoint, EndpointPortDiscovery, EndpointSlice } from '../../kinds/types.generated.ts';

export type SliceAction =
  | { type: 'createSlice'; key: string; slice: EndpointSlice }
  | { type: 'updateSlice'; key: string; slice: EndpointSlice }
  | { type: 'deleteSlice'; key: string; slice: EndpointSlice };

/** Endpoints that share an address family and ports. */
export interface SliceGroup {
  addressType: string;
  ports: EndpointPortDiscovery[];
  endpoints: Endpoint[];
}

export interface SlicePlan {
  key: string;
  existing: readonly EndpointSlice[];
  groups: readonly SliceGroup[];
  /** generateName, namespace, labels, annotations and owner of every slice. */
  metadata: NonNullable<EndpointSlice['metadata']>;
  /** Kept as long as nothing else changes: annotations that tell when, not what. */
  volatileAnnotations: ReadonlySet<string>;
  maxEndpointsPerSlice: number;
}

interface Draft {
  slice: EndpointSlice;
  endpoints: Endpoint[];
  isChanged: boolean;
}

export function planSlices(plan: SlicePlan): SliceAction[] {
  const byGroup = new Map(plan.groups.map((group) => [groupKey(group.addressType, group.ports), group]));
  const actions: SliceAction[] = [];
  const present = new Map<string, EndpointSlice[]>();
  for (const slice of plan.existing) {
    const key = groupKey(slice.addressType, slice.ports ?? []);
    if (byGroup.has(key)) present.set(key, [...(present.get(key) ?? []), slice]);
    else actions.push({ type: 'deleteSlice', key: plan.key, slice });
  }
  for (const [key, group] of byGroup) actions.push(...planGroup(plan, group, present.get(key) ?? []));
  // Creations and updates first: no endpoint vanishes before it stands elsewhere.
  const order = { createSlice: 0, updateSlice: 1, deleteSlice: 2 };
  return actions.sort((a, b) => order[a.type] - order[b.type]);
}

const groupKey = (addressType: string, ports: readonly EndpointPortDiscovery[]): string =>
  canonicalJson([addressType, [...ports].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1))]);

const endpointKey = ({ addresses, targetRef, hostname, nodeName }: Endpoint): string =>
  canonicalJson([addresses, targetRef?.uid, targetRef?.name, hostname, nodeName]);

function planGroup(plan: SlicePlan, group: SliceGroup, existing: readonly EndpointSlice[]): SliceAction[] {
  const wanted = new Map(group.endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
  const drafts = existing.map((slice) => keepPlaced(slice, wanted));
  const max = plan.maxEndpointsPerSlice;
  const fresh = [...wanted.values()];
  for (const draft of drafts.filter(({ isChanged, endpoints }) => isChanged && endpoints.length > 0)) {
    draft.endpoints.push(...fresh.splice(0, Math.max(0, max - draft.endpoints.length)));
  }
  const created: Endpoint[][] = [];
  while (fresh.length >= max) created.push(fresh.splice(0, max));
  if (fresh.length > 0) {
    const fit = drafts
      .filter(({ endpoints }) => endpoints.length + fresh.length <= max)
      .sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
    if (fit) {
      fit.endpoints.push(...fresh);
      fit.isChanged = true;
    } else created.push(fresh);
  }
  if (group.endpoints.length === 0 && drafts.length === 0) created.push([]);
  return [
    ...created.map(
      (endpoints): SliceAction => ({ type: 'createSlice', key: plan.key, slice: newSlice(plan, group, endpoints) }),
    ),
    ...finishDrafts(plan, group, drafts),
  ];
}

/** Takes from `wanted` what this slice holds already. */
function keepPlaced(slice: EndpointSlice, wanted: Map<string, Endpoint>): Draft {
  const endpoints: Endpoint[] = [];
  let isChanged = false;
  for (const endpoint of slice.endpoints ?? []) {
    const key = endpointKey(endpoint);
    const next = wanted.get(key);
    if (!next) {
      isChanged = true;
      continue;
    }
    wanted.delete(key);
    endpoints.push(next);
    if (!deepEqual(next, endpoint)) isChanged = true;
  }
  return { slice, endpoints, isChanged };
}

/** Empty slices go, but for one placeholder when the whole group is empty. */
function finishDrafts(plan: SlicePlan, group: SliceGroup, drafts: readonly Draft[]): SliceAction[] {
  const placeholder = group.endpoints.length === 0 ? drafts[0] : undefined;
  return drafts.flatMap((draft): SliceAction[] => {
    const { slice, endpoints } = draft;
    if (endpoints.length === 0 && draft !== placeholder) return [{ type: 'deleteSlice', key: plan.key, slice }];
    if (!draft.isChanged && hasMetadata(plan, slice)) return [];
    const next = { ...cloneJson(slice), endpoints };
    const { labels, annotations, ownerReferences } = plan.metadata;
    next.metadata = { ...next.metadata, labels, annotations, ownerReferences };
    return [{ type: 'updateSlice', key: plan.key, slice: next }];
  });
}

function hasMetadata(plan: SlicePlan, { metadata }: EndpointSlice): boolean {
  const stable = (annotations: Record<string, string> | undefined) =>
    Object.entries(annotations ?? {}).filter(([name]) => !plan.volatileAnnotations.has(name));
  return (
    deepEqual(metadata?.labels ?? {}, plan.metadata.labels ?? {}) &&
    deepEqual(
      Object.fromEntries(stable(metadata?.annotations)),
      Object.fromEntries(stable(plan.metadata.annotations)),
    ) &&
    metadata?.ownerReferences?.[0]?.uid === plan.metadata.ownerReferences?.[0]?.uid
  );
}

function newSlice(plan: SlicePlan, group: SliceGroup, endpoints: Endpoint[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: cloneJson(plan.metadata),
    addressType: group.addressType,
    endpoints,
    ports: group.ports,
  };
}
