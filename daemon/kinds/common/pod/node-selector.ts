/**
 * `spec.nodeSelector` and node affinity, compiled: for the scheduler once per pod class. Pure.
 */

import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '../../types.generated.ts';

interface NodeIdentity {
  name: string;
  labels: Readonly<Record<string, string>>;
}

export type NodeMatcher = (node: NodeIdentity) => boolean;

/** What a pod demands of its node: `nodeSelector` and required affinity. Undefined: nothing. */
export function compileRequiredNodes({ spec }: Readonly<Pod>): NodeMatcher | undefined {
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const labels = Object.entries(spec?.nodeSelector ?? {});
  if (!required && labels.length === 0) return undefined;
  const matches = required ? compileNodeSelector(required) : () => true;
  return (node) => labels.every(([key, value]) => node.labels[key] === value) && matches(node);
}

/** Terms are alternatives; none at all matches nothing. */
function compileNodeSelector(selector: Readonly<NodeSelector>): NodeMatcher {
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
