/**
 * Counts of pods per (selector, topology), kept while pods come and go, so that affinity and spreading cost no look at every pod.
 *
 * A group is a set of pods given by a predicate on labels and namespace (or on the terms they carry). Its counts per node are sparse; its
 * counts per value of a node label are made when first asked for and kept from then on.
 */

import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import type { Topologies } from './topologies.ts';

/** Signatures of groups of carriers begin so. */
export const CARRIERS = 'carries|';

export interface PodGroup {
  readonly contains: (pod: PodInfo) => boolean;
  /** Node index → pods of the group there. */
  readonly perNode: Map<number, number>;
  /** Topology key → pods of the group per number of the label's value. */
  readonly perTopology: Map<string, Int32Array>;
  total: number;
}

/** So many groups are two for each of ten thousand workloads; beyond, those that hold nobody are dropped (and counted anew when asked for). */
const GROUPS_MAX = 20_000;
/** Label classes remembered; a full cache is dropped as a whole. */
const MEMBERSHIP_CACHE_MAX = 20_000;

export class PodGroups {
  readonly #groups = new Map<string, PodGroup>();
  readonly #memberships = new Map<string, PodGroup[]>();
  readonly #nodes: () => Iterable<NodeInfo>;
  readonly #topologies: Topologies;

  constructor(nodes: () => Iterable<NodeInfo>, topologies: Topologies) {
    this.#nodes = nodes;
    this.#topologies = topologies;
  }

  /** The group of that signature, counted over all pods when it is new. The signature must determine the predicate. */
  group(signature: string, contains: (pod: PodInfo) => boolean): PodGroup {
    const known = this.#groups.get(signature);
    if (known) return known;
    const group: PodGroup = { contains, perNode: new Map(), perTopology: new Map(), total: 0 };
    this.#countAll(group);
    if (this.#groups.size >= GROUPS_MAX) this.#dropEmpty();
    this.#groups.set(signature, group);
    this.#memberships.clear();
    return group;
  }

  /** Forgets one group; its holder must ask for it again. */
  drop(signature: string): void {
    if (this.#groups.delete(signature)) this.#memberships.clear();
  }

  /** Groups of carriers are held by their terms, which drop them themselves. */
  #dropEmpty(): void {
    for (const [signature, group] of this.#groups) {
      if (group.total === 0 && !signature.startsWith(CARRIERS)) this.#groups.delete(signature);
    }
  }

  /** Predicates may answer differently now: counts every group anew. */
  recount(): void {
    this.#memberships.clear();
    for (const group of this.#groups.values()) {
      group.perNode.clear();
      group.perTopology.clear();
      group.total = 0;
      this.#countAll(group);
    }
  }

  #countAll(group: PodGroup): void {
    for (const node of this.#nodes()) {
      for (const pod of node.pods.values()) if (group.contains(pod)) this.#change(group, node, 1);
    }
  }

  /** Pods of the group per number of the value of `topologyKey` ({@link Topologies}). */
  perValue(group: PodGroup, topologyKey: string): Int32Array {
    const known = group.perTopology.get(topologyKey);
    if (known) return known;
    const { ids, nodes } = this.#topologies.of(topologyKey);
    const counts = new Int32Array(nodes.length);
    for (const [index, count] of group.perNode) if (ids[index]! >= 0) counts[ids[index]!]! += count;
    group.perTopology.set(topologyKey, counts);
    return counts;
  }

  count(node: NodeInfo, pod: PodInfo, sign: 1 | -1): void {
    for (const group of this.#membershipsOf(pod)) this.#change(group, node, sign);
  }

  /** A node's labels changed or it went: counts per value are made anew when asked for. */
  forgetTopologies(): void {
    for (const group of this.#groups.values()) group.perTopology.clear();
  }

  #membershipsOf(pod: PodInfo): PodGroup[] {
    const key = `${pod.labelKey}|${carriedKey(pod)}`;
    let groups = this.#memberships.get(key);
    if (groups) return groups;
    groups = [...this.#groups.values()].filter((group) => group.contains(pod));
    if (this.#memberships.size >= MEMBERSHIP_CACHE_MAX) this.#memberships.clear();
    this.#memberships.set(key, groups);
    return groups;
  }

  #change(group: PodGroup, node: NodeInfo, sign: 1 | -1): void {
    const count = (group.perNode.get(node.index) ?? 0) + sign;
    if (count > 0) group.perNode.set(node.index, count);
    else group.perNode.delete(node.index);
    group.total += sign;
    for (const [key, counts] of group.perTopology) {
      const id = this.#topologies.of(key).ids[node.index] ?? -1;
      if (id >= 0) counts[id]! += sign;
    }
  }
}

const carriedKey = (pod: PodInfo): string =>
  [pod.affinity, pod.antiAffinity, pod.preferredAffinity, pod.preferredAntiAffinity]
    .map((terms) => terms.map(({ signature }) => signature).join(';'))
    .join('|');
