/**
 * Nodes and the pods on them, assumed ones included, with everything that is counted incrementally.
 *
 * Invariants: a pod is on at most one node; node indexes are stable while a node lives and are used again after it went; every change of a
 * node is in the change log, so that cached evaluations (`class-cache.ts`) know what to look at again. It decides nothing.
 */

import { deepEqual } from '../base/json.ts';
import type { Node } from '../kinds/types.generated.ts';
import { account, createNodeInfo, type NodeInfo, setNode } from './node-info.ts';
import { CARRIERS, type PodGroup, PodGroups } from './pod-groups.ts';
import type { AffinityTerm, PodInfo } from './pod-info.ts';
import { Topologies } from './topologies.ts';

/** How a pod carries a term: the kinds that count for pods that come later. */
export type CarriedKind = 'antiAffinity' | 'affinity' | 'preferredAffinity' | 'preferredAntiAffinity';

export interface CarriedTerm {
  kind: CarriedKind;
  term: AffinityTerm;
  /** The pods that carry it. */
  carriers: PodGroup;
}

/** When the log is this long it starts anew and caches that were not used meanwhile are made anew. */
const CHANGE_LOG_MAX = 1 << 16;
/** Distinct terms kept; beyond, those that no pod carries any more are dropped. */
const CARRIED_MAX = 10_000;
/** Label classes remembered; a full cache is dropped as a whole. */
const MATCH_CACHE_MAX = 20_000;
const CARRIED_KINDS: readonly CarriedKind[] = [
  'antiAffinity',
  'affinity',
  'preferredAffinity',
  'preferredAntiAffinity',
];

export class ClusterState {
  readonly #byName = new Map<string, NodeInfo>();
  readonly #nodes: (NodeInfo | undefined)[] = [];
  readonly #freeIndexes: number[] = [];
  /** Pod uid → node. */
  readonly #placed = new Map<string, NodeInfo>();
  /** Pods bound to nodes that are not known (yet). */
  readonly #strays = new Map<string, Map<string, PodInfo>>();
  readonly #carried = new Map<string, CarriedTerm>();
  /** Label class of a pod → the terms that speak of it. */
  readonly #carriedFor = new Map<string, CarriedTerm[]>();
  /** Image name → number of nodes that have it. */
  readonly imageNodes = new Map<string, number>();
  readonly groups: PodGroups;
  readonly topologies: Topologies;
  #changes: number[] = [];
  readonly #floats: Float64Array[] = [];
  #scratch = new Int32Array(0);
  /** Counts how often the change log began anew. */
  epoch = 0;
  /** Nodes with a PreferNoSchedule taint. */
  softTaintedNodes = 0;

  constructor() {
    const nodes = () => this.#byName.values();
    this.topologies = new Topologies(nodes, () => this.#nodes.length);
    this.groups = new PodGroups(nodes, this.topologies);
  }

  get size(): number {
    return this.#byName.size;
  }

  /** One more than the highest index in use. */
  get indexLimit(): number {
    return this.#nodes.length;
  }

  /** Node indexes in the order in which they changed since the log began. */
  get changes(): readonly number[] {
    return this.#changes;
  }

  /** Room for one plugin's raw scores by node index, with whatever was left in it; given out again with the next call. */
  scratch(): Int32Array {
    if (this.#scratch.length < this.#nodes.length) this.#scratch = new Int32Array(this.#nodes.length);
    return this.#scratch;
  }

  /** As {@link scratch}, for numbers by value of a label; each slot is a room of its own. */
  floats(slot: number, length: number): Float64Array {
    let room = this.#floats[slot];
    if (!room || room.length < length) {
      room = new Float64Array(length);
      this.#floats[slot] = room;
    }
    return room;
  }

  nodes(): IterableIterator<NodeInfo> {
    return this.#byName.values();
  }

  nodeAt(index: number): NodeInfo | undefined {
    return this.#nodes[index];
  }

  node(name: string): NodeInfo | undefined {
    return this.#byName.get(name);
  }

  nodeOf(uid: string): NodeInfo | undefined {
    return this.#placed.get(uid);
  }

  /** Terms that pods on nodes carry (or once carried) and that speak of this pod, each with its carriers. */
  carriedFor(pod: PodInfo): readonly CarriedTerm[] {
    let found = this.#carriedFor.get(pod.labelKey);
    if (found) return found;
    found = [...this.#carried.values()].filter(({ term }) => term.matches(pod));
    if (this.#carriedFor.size >= MATCH_CACHE_MAX) this.#carriedFor.clear();
    this.#carriedFor.set(pod.labelKey, found);
    return found;
  }

  /** A namespace's labels changed: terms with a namespaceSelector may speak of other pods now. Counts are made anew. */
  forgetMatches(): void {
    this.#carriedFor.clear();
    this.groups.recount();
  }

  setNode(node: Node): void {
    const name = node.metadata?.name ?? '';
    let info = this.#byName.get(name);
    if (info) {
      this.#countStatics(info, -1);
      const labelsBefore = info.labels;
      setNode(info, node);
      if (!deepEqual(labelsBefore, info.labels)) this.#forgetTopologies();
    } else {
      info = createNodeInfo(node, this.#freeIndexes.pop() ?? this.#nodes.length);
      this.#nodes[info.index] = info;
      this.#byName.set(name, info);
      this.#forgetTopologies();
    }
    this.#countStatics(info, 1);
    this.#touch(info);
    const strays = this.#strays.get(name);
    this.#strays.delete(name);
    for (const pod of strays?.values() ?? []) this.addPod(pod, name);
  }

  removeNode(name: string): void {
    const info = this.#byName.get(name);
    if (!info) return;
    const pods = [...info.pods.values()];
    for (const pod of pods) this.removePod(pod.uid);
    this.#countStatics(info, -1);
    this.#byName.delete(name);
    this.#nodes[info.index] = undefined;
    this.#freeIndexes.push(info.index);
    this.#forgetTopologies();
    this.#touch(info);
    for (const pod of pods) this.addPod(pod, name);
  }

  /** Puts a pod on a node (moving it when it was elsewhere); a pod on an unknown node counts once the node is known. */
  addPod(pod: PodInfo, nodeName: string): void {
    this.removePod(pod.uid);
    const info = this.#byName.get(nodeName);
    if (!info) {
      const strays = this.#strays.get(nodeName) ?? new Map<string, PodInfo>();
      this.#strays.set(nodeName, strays.set(pod.uid, pod));
      return;
    }
    this.#registerTerms(pod);
    account(info, pod, 1);
    this.#placed.set(pod.uid, info);
    this.groups.count(info, pod, 1);
    this.#touch(info);
  }

  removePod(uid: string): void {
    const info = this.#placed.get(uid);
    const pod = info?.pods.get(uid);
    if (!info || !pod) {
      for (const [node, strays] of this.#strays) if (strays.delete(uid) && strays.size === 0) this.#strays.delete(node);
      return;
    }
    account(info, pod, -1);
    this.#placed.delete(uid);
    this.groups.count(info, pod, -1);
    this.#touch(info);
  }

  #forgetTopologies(): void {
    this.topologies.forget();
    this.groups.forgetTopologies();
  }

  #registerTerms(pod: PodInfo): void {
    // Before, not between: the pod's own terms have no carrier yet.
    if (this.#carried.size >= CARRIED_MAX) this.#dropUncarried();
    for (const kind of CARRIED_KINDS) {
      for (const term of pod[kind]) {
        const signature = `${kind}|${term.signature}`;
        if (this.#carried.has(signature)) continue;
        const contains = (other: PodInfo) => other[kind].some((each) => each.signature === term.signature);
        this.#carriedFor.clear();
        this.#carried.set(signature, { kind, term, carriers: this.groups.group(`${CARRIERS}${signature}`, contains) });
      }
    }
  }

  #dropUncarried(): void {
    this.#carriedFor.clear();
    for (const [signature, { carriers }] of this.#carried) {
      if (carriers.total > 0) continue;
      this.#carried.delete(signature);
      this.groups.drop(`${CARRIERS}${signature}`);
    }
  }

  #countStatics(info: NodeInfo, sign: 1 | -1): void {
    if (info.softTaints.length > 0) this.softTaintedNodes += sign;
    for (const image of info.images.keys()) {
      const count = (this.imageNodes.get(image) ?? 0) + sign;
      if (count > 0) this.imageNodes.set(image, count);
      else this.imageNodes.delete(image);
    }
  }

  #touch(info: NodeInfo): void {
    if (this.#changes.length >= CHANGE_LOG_MAX) {
      this.#changes = [];
      this.epoch += 1;
    }
    this.#changes.push(info.index);
  }
}
