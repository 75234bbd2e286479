/**
 * Matches the texts of an object with the patterns of its schema before it is validated, in turns: tens of thousands of texts would hold everybody
 * else up. What is not found ahead (within `anyOf` and its like) is matched when it is met.
 */

import { isObject } from '../../base/json.ts';
import { Turn } from '../../cel/budget.ts';
import { compilingSteps, matchesPattern, matchingCost, matchingSteps } from '../../cel/pattern.ts';
import { memberSchema, type SchemaNode } from '../../schema/node.ts';

export type Matches = (text: string, pattern: string) => boolean;

/** A pattern that cannot be tried within bounds matches nothing. */
export const matches: Matches = (text, pattern) => {
  try {
    matchingCost(text, pattern);
    return matchesPattern(text, pattern);
  } catch {
    return false;
  }
};

/** Others go on where it pauses. */
export function* matchAhead(schema: SchemaNode, value: unknown): Generator<void, Matches> {
  const texts = new Map<string, Set<string>>();
  collect(texts, schema, value);
  const turn = new Turn();
  const known = new Map<string, Map<string, boolean>>();
  for (const [pattern, all] of texts) {
    const found = new Map<string, boolean>();
    known.set(pattern, found);
    turn.add(compilingSteps(pattern));
    for (const text of all) {
      if (turn.isOver) {
        yield;
        turn.begin();
      }
      turn.add(stepsOf(text, pattern));
      found.set(text, matches(text, pattern));
    }
  }
  return (text, pattern) => known.get(pattern)?.get(text) ?? matches(text, pattern);
}

function stepsOf(text: string, pattern: string): number {
  try {
    return matchingSteps(text, pattern);
  } catch {
    return 0;
  }
}

function collect(texts: Map<string, Set<string>>, schema: SchemaNode, value: unknown): void {
  if (typeof value === 'string') {
    const { pattern } = schema;
    if (pattern !== undefined) texts.set(pattern, (texts.get(pattern) ?? new Set()).add(value));
  } else if (Array.isArray(value)) {
    if (schema.items) for (const item of value) collect(texts, schema.items, item);
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      const own = memberSchema(schema, name);
      if (own) collect(texts, own, member);
    }
  }
}
