/**
 * Whether the order that a tree asks for can be kept: its annotations are well-formed, what it waits for is there, and nothing waits for itself by a
 * detour. Pure. Only what the candidate changes, and what depends on what it removes, is looked at.
 */

import type { TreeProblem } from '../../admission/contract.ts';
import { DEPENDS_ON } from '../../kinds/common/rollout-order.ts';
import type { KindRegistry } from '../../kinds/kind.ts';
import type { DesiredState, ObjectChanges } from '../desired-state.ts';
import { describeObject, type NamedObject } from '../manifest-file.ts';
import { type DefinedObject, type DesiredAfter, desiredAfter } from './desired-after.ts';
import { isHoldable, type Order, type OrderProblem, orderOf, saysOrder } from './order.ts';

export interface OrderCheck {
  state: DesiredState;
  changes: ObjectChanges;
  registry: KindRegistry;
  /** Whether the cluster has an object that git does not define. */
  isLive(target: NamedObject): boolean;
  /** What a workload is still held for since an earlier commit: store keys. */
  heldFor(storeKey: string): readonly string[];
}

const INVALID = 422;

export function checkOrder(input: OrderCheck): TreeProblem[] {
  const { state, changes, registry, isLive } = input;
  const ordered = changes.changed.filter(({ document }) => document.names && saysOrder(document.object));
  if (ordered.length === 0 && changes.removed.length === 0) return [];
  const after = desiredAfter(state, changes);
  const orders = new Orders(after, registry);
  const problems: TreeProblem[] = [];
  for (const one of ordered) {
    for (const problem of orders.of(one).problems) problems.push(toTreeProblem(one, problem));
  }
  const isMissing = (target: NamedObject) =>
    !after.get(target.storeKey) && (after.removed.has(target.storeKey) || !isLive(target));
  for (const one of [...ordered, ...dependentsOnRemoved(input, orders, after)]) {
    for (const target of orders.of(one).dependsOn) {
      if (!isMissing(target)) continue;
      const message = `${describeObject(target)} is neither in the repository nor in the cluster`;
      const expected = 'an object that is defined by this commit or is there already';
      problems.push(toTreeProblem(one, { annotation: DEPENDS_ON, message, expected }));
    }
  }
  if (problems.length > 0) return problems;
  const circle = findCircle(input, after, orders);
  return circle ? [circle] : [];
}

function toTreeProblem({ file, document }: DefinedObject, problem: OrderProblem): TreeProblem {
  const { annotation, message, expected } = problem;
  const fieldPath = `metadata.annotations[${annotation}]`;
  return { file: file.path, document: document.number, fieldPath, message, expected, code: INVALID };
}

/** Each object's order, read once. */
class Orders {
  readonly #after: DesiredAfter;
  readonly #registry: KindRegistry;
  readonly #known = new Map<unknown, Order>();

  constructor(after: DesiredAfter, registry: KindRegistry) {
    this.#after = after;
    this.#registry = registry;
  }

  of({ document }: DefinedObject): Order {
    const known = this.#known.get(document);
    if (known) return known;
    const order = orderOf(document.names!, document.object, this.#registry);
    this.#known.set(document, order);
    return order;
  }

  at(key: string): Order | undefined {
    const found = this.#after.get(key);
    return found?.document.names && isHoldable(found.document.names, found.document.object)
      ? this.of(found)
      : undefined;
  }
}

function dependentsOnRemoved({ state, changes }: OrderCheck, orders: Orders, after: DesiredAfter): DefinedObject[] {
  if (changes.removed.length === 0) return [];
  const found: DefinedObject[] = [];
  for (const key of state.ordered) {
    const one = state.objects.get(key)!;
    if (after.changed.has(key) || after.removed.has(key)) continue;
    if (orders.of(one).dependsOn.some(({ storeKey }) => after.removed.has(storeKey))) found.push(one);
  }
  return found;
}

/** A node of the graph of waiting: an object by its key, or a wave as a whole by its number. */
type Node = string | number;

/**
 * Objects wait for what they name and for their wave; a wave waits for the objects of the wave before it and for that wave. Depth first, without
 * recursion: a chain may be as long as a repository.
 */
function findCircle(input: OrderCheck, after: DesiredAfter, orders: Orders): TreeProblem | undefined {
  const members = wavesOf(after, orders);
  const waves = [...members.keys()].sort((a, b) => a - b);
  const earlierWave = new Map(waves.map((wave, position) => [wave, waves[position - 1]]));
  const next = (node: Node): readonly Node[] => {
    if (typeof node === 'number') {
      const earlier = earlierWave.get(node);
      return earlier === undefined ? [] : [earlier, ...members.get(earlier)!];
    }
    const order = orders.at(node);
    if (!order) return [];
    const named = order.dependsOn.map(({ storeKey }) => storeKey);
    if (!after.changed.has(node)) return [...named, ...input.heldFor(node)];
    return earlierWave.get(order.wave) === undefined ? named : [...named, order.wave];
  };
  const done = new Set<Node>();
  for (const start of after.changed.keys()) {
    const circle = orders.at(start) ? walk(start, next, done) : undefined;
    if (circle) return describeCircle(circle, after, orders);
  }
  return undefined;
}

function wavesOf(after: DesiredAfter, orders: Orders): Map<number, string[]> {
  const members = new Map<number, string[]>();
  for (const [key, one] of after.changed) {
    const { wave } = orders.of(one);
    const list = members.get(wave);
    if (list) list.push(key);
    else members.set(wave, [key]);
  }
  return members;
}

/** The nodes of a circle that can be reached from `start`; nodes of `done` lead into none. */
function walk(start: Node, next: (node: Node) => readonly Node[], done: Set<Node>): Node[] | undefined {
  const path: { node: Node; rest: Node[] }[] = [];
  const onPath = new Set<Node>();
  const enter = (node: Node) => {
    onPath.add(node);
    path.push({ node, rest: [...next(node)] });
  };
  if (!done.has(start)) enter(start);
  while (path.length > 0) {
    const top = path.at(-1)!;
    const to = top.rest.pop();
    if (to === undefined) {
      path.pop();
      onPath.delete(top.node);
      done.add(top.node);
    } else if (onPath.has(to)) {
      const nodes = path.map(({ node }) => node);
      return [...nodes.slice(nodes.indexOf(to)), to];
    } else if (!done.has(to)) enter(to);
  }
  return undefined;
}

const CIRCLE_SHOWN_MAX = 10;

function describeCircle(circle: readonly Node[], after: DesiredAfter, orders: Orders): TreeProblem {
  const objects = circle.filter((node) => typeof node === 'string');
  const first = objects.find((key) => after.changed.has(key) && orders.at(key)) ?? objects[0]!;
  const place = after.get(first)!;
  const names = circle.map((node) => {
    if (typeof node === 'number') return `what comes before wave ${node}`;
    return describeObject(after.get(node)!.document.names!);
  });
  const shown = names.length > CIRCLE_SHOWN_MAX ? [...names.slice(0, CIRCLE_SHOWN_MAX - 1), '…', names.at(-1)!] : names;
  return toTreeProblem(place, {
    annotation: DEPENDS_ON,
    message: `these wait for each other: ${shown.join(' → ')}`,
    expected: 'an order without a circle',
  });
}
