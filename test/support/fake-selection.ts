/**
 * Label and field selectors of the fake client: equality, set and existence for labels; `a.b.c=value` for fields.
 */

import type { KubeObject } from '../../daemon/base/object.ts';
import type { Selection } from '../../daemon/client/client.ts';

export function matchesSelection(object: KubeObject, selection: Selection): boolean {
  if (selection.namespace !== undefined && object.metadata?.namespace !== selection.namespace) return false;
  if (selection.labelSelector && !matchesLabels(object.metadata?.labels ?? {}, selection.labelSelector)) return false;
  return !selection.fieldSelector || selection.fieldSelector.split(',').every((term) => matchesField(object, term));
}

function matchesField(object: KubeObject, term: string): boolean {
  const negated = term.includes('!=');
  const [path = '', wanted = ''] = term.split(negated ? '!=' : /==?/);
  let value: unknown = object;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return (String(value ?? '') === wanted) !== negated;
}

function matchesLabels(labels: Record<string, string>, selector: string): boolean {
  return selector.split(/,(?![^(]*\))/).every((raw) => {
    const term = raw.trim();
    const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
    if (set) {
      const isIn = set[3]!
        .split(',')
        .map((value) => value.trim())
        .includes(labels[set[1]!] ?? '\0');
      return set[2] === 'in' ? isIn : !isIn;
    }
    if (term.startsWith('!')) return labels[term.slice(1)] === undefined;
    if (term.includes('!=')) return labels[term.split('!=')[0]!] !== term.split('!=')[1];
    if (term.includes('=')) return labels[term.split(/==?/)[0]!] === term.split(/==?/)[1];
    return labels[term] !== undefined;
  });
}
