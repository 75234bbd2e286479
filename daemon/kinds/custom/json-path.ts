/**
 * The paths that definitions of custom kinds name: `.spec.replicas`, `.metadata.annotations.example\.com/x`, `.spec.items[0]`, `.a['b']`, `.x[*]`,
 * `.status.conditions[?(@.type=="Ready")].status`. Bounded: no recursive descent. Pure.
 */

import { defineMember, isObject } from '../../base/json.ts';

type Step =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'all' }
  | {
      readonly type: 'filter';
      readonly path: readonly Step[];
      readonly operator: '==' | '!=' | 'exists';
      readonly value?: unknown;
    };

/** Undefined for a text that is no such path. */
export function parseJsonPath(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  let rest = text;
  while (rest !== '') {
    const found = nextStep(rest);
    if (!found) return undefined;
    if (found.step) steps.push(found.step);
    rest = rest.slice(found.length);
  }
  return steps;
}

const FIELD = /^\.((?:\\.|[^.[\]\\])+)/;
const QUOTED = /^\[\s*'((?:\\.|[^'\\])*)'\s*\]|^\[\s*"((?:\\.|[^"\\])*)"\s*\]/;
const INDEX = /^\[\s*(-?\d{1,9})\s*\]/;
const ALL = /^(?:\[\s*\*\s*\]|\.\*)/;
const FILTER = /^\[\?\(\s*@((?:\.(?:\\.|[^.[\]\\=!<>\s)])+)+)\s*(?:(==|!=)\s*("[^"]*"|'[^']*'|[-\w.]+)\s*)?\)\]/;

function nextStep(text: string): { step?: Step; length: number } | undefined {
  if (text === '.') return { length: 1 };
  const all = ALL.exec(text);
  if (all) return { step: { type: 'all' }, length: all[0].length };
  const field = FIELD.exec(text);
  if (field) return { step: { type: 'field', name: unescaped(field[1]!) }, length: field[0].length };
  const quoted = QUOTED.exec(text);
  if (quoted)
    return { step: { type: 'field', name: unescaped(quoted[1] ?? quoted[2] ?? '') }, length: quoted[0].length };
  const index = INDEX.exec(text);
  if (index) return { step: { type: 'index', index: Number(index[1]) }, length: index[0].length };
  const filter = FILTER.exec(text);
  const path = filter && parseJsonPath(filter[1]!);
  if (!filter || !path) return undefined;
  const operator = (filter[2] as '==' | '!=' | undefined) ?? 'exists';
  return { step: { type: 'filter', path, operator, value: literal(filter[3]) }, length: filter[0].length };
}

const unescaped = (text: string): string => text.replaceAll(/\\(.)/g, '$1');

function literal(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (/^["']/.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

/** All values that the path leads to, in their order. */
export function findValues(steps: readonly Step[], value: unknown): unknown[] {
  let found: unknown[] = [value];
  for (const step of steps) found = found.flatMap((one) => follow(step, one));
  return found;
}

function follow(step: Step, value: unknown): unknown[] {
  switch (step.type) {
    case 'field':
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index': {
      const item = Array.isArray(value) ? value.at(step.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'all':
      return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => holds(step, item)) : [];
  }
}

function holds({ path, operator, value }: Extract<Step, { type: 'filter' }>, item: unknown): boolean {
  const found = findValues(path, item);
  if (operator === 'exists') return found.length > 0;
  return found.length > 0 && (found[0] === value) === (operator === '==');
}

/** Sets the value of a path of fields alone, making what is missing on the way. */
export function setValue(steps: readonly Step[], target: Record<string, unknown>, value: unknown): void {
  let at = target;
  for (const [index, step] of steps.entries()) {
    if (step.type !== 'field') return;
    if (index === steps.length - 1) defineMember(at, step.name, value);
    else {
      const present = Object.hasOwn(at, step.name) ? at[step.name] : undefined;
      const next = isObject(present) ? present : {};
      if (next !== present) defineMember(at, step.name, next);
      at = next;
    }
  }
}

/** The names of a path of fields alone; undefined for any other. */
export function fieldNames(text: string): string[] | undefined {
  const steps = parseJsonPath(text);
  const names = steps?.flatMap((step) => (step.type === 'field' ? [step.name] : []));
  return names && names.length === steps!.length ? names : undefined;
}
