/**
 * For a field that a schema does not know: the name that was probably meant. Pure.
 */

import type { SchemaNode, SchemaSet } from '../schema/node.ts';

/** Further apart, two names are no slip of the pen. */
const DISTANCE_MAX = 3;
/** Longer names are not compared: the comparison is quadratic and a client chooses the name. */
const NAME_LENGTH_MAX = 64;

/** `did you mean "replicas"?`, or the fields that there are, for `spec.replica`; undefined when the place has no fields of its own. */
export function suggestField(schemas: SchemaSet, root: SchemaNode, fieldPath: string): string | undefined {
  const steps = parsePath(fieldPath);
  const wrong = steps.pop();
  const parent = wrong === undefined ? undefined : nodeAt(schemas, root, steps);
  const names = Object.keys(parent?.properties ?? {});
  if (wrong === undefined || names.length === 0) return undefined;
  const near = nearest(wrong, names);
  return near === undefined ? `one of ${names.sort().join(', ')}` : `did you mean ${JSON.stringify(near)}?`;
}

/** `spec.containers[0].image` → spec, containers, [0], image; keys in brackets are one step. */
function parsePath(fieldPath: string): string[] {
  return fieldPath.match(/\[[^\]]*\]|[^.[\]]+/g) ?? [];
}

function nodeAt(schemas: SchemaSet, root: SchemaNode, steps: readonly string[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schemas.resolve(root);
  for (const step of steps) {
    const next = childOf(node, step);
    if (!next) return undefined;
    node = schemas.resolve(next);
  }
  return node;
}

function childOf(node: SchemaNode, step: string): SchemaNode | undefined {
  if (step.startsWith('[') && node.items) return node.items;
  if (node.properties && Object.hasOwn(node.properties, step)) return node.properties[step];
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

function nearest(wrong: string, names: readonly string[]): string | undefined {
  if (wrong.length > NAME_LENGTH_MAX) return undefined;
  const limit = Math.min(DISTANCE_MAX, Math.ceil(wrong.length / 3));
  const ranked = names
    .map((name) => ({ name, distance: editDistance(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.name;
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
