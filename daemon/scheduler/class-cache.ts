/**
 * What local plugins say of every node, kept per class of equal pods and brought up to date only for nodes that changed.
 *
 * A tournament over (score, tie rank) gives the best node of a class in constant time when nothing else matters: the cost of a decision
 * then does not grow with the number of nodes. Invariant: after `sync` every entry equals a fresh evaluation (checked by a property
 * test against a brute-force reference).
 */

import type { ClusterState } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';
import { AFFINITY_SCORE, LOCAL_FILTERS, PLAIN_SCORES, TAINT_SCORE } from './plugins/registry.ts';
import type { PodInfo } from './pod-info.ts';

/** Classes kept; each costs about 50 bytes a node. The least recently used goes first. */
const CLASSES_MAX = 64;
/** Scores stand above tie ranks of 32 bits. */
const RANK_SPAN = 2 ** 32;

export class PodClass {
  /** 1 where every local filter is content. */
  fits: Uint8Array;
  /** The sum of the plain scores, weighted. */
  plain: Int32Array;
  /** Soft taints that are not tolerated, and weights of preferred node terms: both still to be made relative. */
  taints: Int32Array;
  affinity: Int32Array;
  /** Tie ranks by node index. */
  ranks: Float64Array;
  /** Room for one decision, so that none has to be made for each. */
  candidates: Int32Array;
  totals: Float64Array;
  /** The tournament's leaves: `plain` and tie rank in one number, −1 where it does not fit. */
  #keys: Float64Array;
  /** winners[1] is the index of the best node; leaves start at `#leaves`. */
  #winners: Int32Array;
  #leaves = 1;
  #cursor = 0;
  #epoch = -1;
  #imageNodes = '';
  #size = 0;

  constructor() {
    this.fits = new Uint8Array(0);
    this.plain = new Int32Array(0);
    this.taints = new Int32Array(0);
    this.affinity = new Int32Array(0);
    this.ranks = new Float64Array(0);
    this.candidates = new Int32Array(0);
    this.totals = new Float64Array(0);
    this.#keys = new Float64Array(0);
    this.#winners = new Int32Array(2);
  }

  /** Evaluates what changed since the last time. */
  sync(pod: PodInfo, state: ClusterState): void {
    const statics = pod.images.map((image) => state.imageNodes.get(image) ?? 0).join();
    const isStale =
      this.#epoch !== state.epoch ||
      this.#leaves < state.indexLimit ||
      this.#imageNodes !== statics ||
      (statics !== '' && this.#size !== state.size && /[1-9]/.test(statics));
    this.#imageNodes = statics;
    this.#size = state.size;
    if (isStale) {
      this.#rebuild(pod, state);
      return;
    }
    const { changes } = state;
    for (let at = this.#cursor; at < changes.length; at++) {
      const index = changes[at]!;
      this.#evaluate(pod, state, index, state.nodeAt(index));
      this.#replay(index);
    }
    this.#cursor = changes.length;
  }

  /** The index of the best node by plain score alone, or −1 when none fits. */
  best(): number {
    const index = this.#winners[1]!;
    return index >= 0 && this.#keys[index]! >= 0 ? index : -1;
  }

  #rebuild(pod: PodInfo, state: ClusterState): void {
    let leaves = 1;
    while (leaves < Math.max(1, state.indexLimit)) leaves *= 2;
    this.#leaves = leaves;
    this.fits = new Uint8Array(leaves);
    this.plain = new Int32Array(leaves);
    this.taints = new Int32Array(leaves);
    this.affinity = new Int32Array(leaves);
    this.ranks = new Float64Array(leaves);
    this.candidates = new Int32Array(leaves);
    this.totals = new Float64Array(leaves);
    this.#keys = new Float64Array(leaves).fill(-1);
    this.#winners = new Int32Array(leaves * 2);
    for (let index = 0; index < state.indexLimit; index++) this.#evaluate(pod, state, index, state.nodeAt(index));
    for (let index = 0; index < leaves; index++) this.#winners[leaves + index] = index;
    for (let at = leaves - 1; at >= 1; at--) this.#winners[at] = this.#winner(at);
    this.#epoch = state.epoch;
    this.#cursor = state.changes.length;
  }

  #evaluate(pod: PodInfo, state: ClusterState, index: number, node: NodeInfo | undefined): void {
    const fits = node !== undefined && LOCAL_FILTERS.every((plugin) => plugin.filter(pod, node) === undefined);
    this.fits[index] = fits ? 1 : 0;
    this.#keys[index] = -1;
    if (!fits) return;
    let plain = 0;
    for (const plugin of PLAIN_SCORES) plain += plugin.weight * plugin.score(pod, node, state);
    this.plain[index] = plain;
    this.taints[index] = TAINT_SCORE.score(pod, node, state);
    this.affinity[index] = AFFINITY_SCORE.score(pod, node, state);
    this.ranks[index] = node.tieRank;
    this.#keys[index] = plain * RANK_SPAN + node.tieRank;
  }

  #replay(index: number): void {
    for (let at = (this.#leaves + index) >> 1; at >= 1; at >>= 1) this.#winners[at] = this.#winner(at);
  }

  #winner(at: number): number {
    const left = this.#winners[at * 2]!;
    const right = this.#winners[at * 2 + 1]!;
    return this.#keys[left]! >= this.#keys[right]! ? left : right;
  }
}

export class ClassCache {
  readonly #classes = new Map<string, PodClass>();

  /** The pod's class, up to date. */
  of(pod: PodInfo, state: ClusterState): PodClass {
    const known = this.#classes.get(pod.classKey);
    const found = known ?? new PodClass();
    if (known) this.#classes.delete(pod.classKey);
    this.#classes.set(pod.classKey, found);
    if (this.#classes.size > CLASSES_MAX) {
      const [oldest] = this.#classes.keys();
      if (oldest !== undefined) this.#classes.delete(oldest);
    }
    found.sync(pod, state);
    return found;
  }
}
