/**
 * `spec.nodeSelector` and node affinity, compiled once per pod class. Pure.
 */

import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '../kinds/types.generated.ts';

export interface NodeIdentity {
  name: string;
  labels: Readonly<Record<string, string>>;
}

export type NodeMatcher = (node: NodeIdentity) => boolean;

/** Terms are alternatives; none at all matches nothing. */
export function compileNodeSelector(selector: Readonly<NodeSelector>): NodeMatcher {
  const terms = selector.nodeSelectorTerms.map(compileTerm);
  return (node) => terms.some((matches) => matches(node));
}

/** An empty term matches nothing (API convention). */
export function compileTerm(term: Readonly<NodeSelectorTerm>): NodeMatcher {
  const tests: NodeMatcher[] = [
    ...(term.matchExpressions ?? []).map((each) => compileRequirement(each, ({ labels }) => labels[each.key])),
    ...(term.matchFields ?? []).map((each) =>
      compileRequirement(each, ({ name }) => (each.key === 'metadata.name' ? name : undefined)),
    ),
  ];
  return tests.length === 0 ? () => false : (node) => tests.every((test) => test(node));
}

function compileRequirement(
  { operator, values = [] }: Readonly<NodeSelectorRequirement>,
  read: (node: NodeIdentity) => string | undefined,
): NodeMatcher {
  const set = new Set(values);
  const bound = Number(values[0]);
  switch (operator) {
    case 'In':
      return (node) => set.has(read(node) ?? '\u0000');
    case 'NotIn':
      return (node) => !set.has(read(node) ?? '\u0000');
    case 'Exists':
      return (node) => read(node) !== undefined;
    case 'DoesNotExist':
      return (node) => read(node) === undefined;
    case 'Gt':
      return (node) => isInteger(read(node)) && Number(read(node)) > bound;
    case 'Lt':
      return (node) => isInteger(read(node)) && Number(read(node)) < bound;
    default:
      return () => false;
  }
}

const isInteger = (text: string | undefined): boolean => text !== undefined && /^[+-]?[0-9]+$/.test(text);
