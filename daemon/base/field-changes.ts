/**
 * How two JSON objects differ, field by field, for people: plans, diffs, drift. Pure.
 *
 * Lists of objects that have names (containers, ports, volumes, variables) are compared by name, whatever their order; other lists by position.
 * A Secret's values never leave {@link withoutSecrets}.
 */

import { deepEqual, isObject } from './json.ts';

export interface FieldChange {
  /** As the API names fields: `spec.template.spec.containers[0].image`; positions are those of `after`, of `before` for what is gone. */
  readonly path: string;
  /** For people: `spec.template.spec.containers[web].image`. */
  readonly label: string;
  /** Undefined: the field is new. */
  readonly before?: unknown;
  /** Undefined: the field is gone. */
  readonly after?: unknown;
}

/** A manifest is nested some ten levels deep; what goes further is compared as a whole. */
const DEPTH_MAX = 64;
/** Values are shown up to this length; what is cut off shows the first difference. */
const SHOWN_LENGTH_MAX = 100;
/** Text before the first difference that is shown with it. */
const CONTEXT_LENGTH = 20;

const REDACTED = '<redacted>';

/** In the order of the fields of `after`, then those that are gone. Empty when both say the same. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  const changes: FieldChange[] = [];
  compare(before, after, { path: '', label: '' }, 0, changes);
  return changes;
}

interface Place {
  path: string;
  label: string;
}

function compare(before: unknown, after: unknown, place: Place, depth: number, into: FieldChange[]): void {
  if (deepEqual(before, after)) return;
  if (depth < DEPTH_MAX && isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(after), ...Object.keys(before)])) {
      compare(own(before, name), own(after, name), member(place, name), depth + 1, into);
    }
    return;
  }
  if (depth < DEPTH_MAX && Array.isArray(before) && Array.isArray(after)) {
    compareLists(before, after, place, depth, into);
    return;
  }
  into.push({ ...place, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) });
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  place: Place,
  depth: number,
  into: FieldChange[],
): void {
  const [old, now] = [byName(before), byName(after)];
  if (!old || !now) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      compare(before[index], after[index], item(place, index, String(index)), depth + 1, into);
    }
    return;
  }
  const known = into.length;
  for (const [name, index] of now) {
    const was = old.get(name);
    compare(was === undefined ? undefined : before[was], after[index], item(place, index, name), depth + 1, into);
  }
  for (const [name, index] of old) {
    if (!now.has(name)) compare(before[index], undefined, item(place, index, name), depth + 1, into);
  }
  // The same items in another order: that can matter (init containers, rules), so it is a change of the list.
  if (into.length === known) into.push({ ...place, before: [...old.keys()], after: [...now.keys()] });
}

/** Positions by name, when every item has a name of its own. */
function byName(list: readonly unknown[]): Map<string, number> | undefined {
  const positions = new Map<string, number>();
  for (const [index, one] of list.entries()) {
    const name = isObject(one) ? one['name'] : undefined;
    if (typeof name !== 'string' || positions.has(name)) return undefined;
    positions.set(name, index);
  }
  return positions;
}

const own = (object: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** `.name`, or `[reflet.dev/wave]` for a key that is no plain name. */
function member({ path, label }: Place, name: string): Place {
  const isPlain = /^[A-Za-z_$][\w$-]*$/.test(name);
  const step = isPlain ? (path === '' ? name : `.${name}`) : `[${name}]`;
  return { path: path + step, label: label + step };
}

const item = ({ path, label }: Place, index: number, name: string): Place => ({
  path: `${path}[${index}]`,
  label: `${label}[${name}]`,
});

/** The path of a field that is reached by these names and positions. */
export function pathOfSteps(steps: readonly (string | number)[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`;
    return member({ path, label: '' }, step).path;
  }, '');
}

/** Without a Secret's values, and without those that stand at (or below, or above) `hidden`: paths. */
export function withoutSecrets(
  kind: string,
  changes: readonly FieldChange[],
  hidden: readonly string[] = [],
): FieldChange[] {
  const isHidden = ({ path }: FieldChange): boolean =>
    (kind === 'Secret' && holdsValues(path)) || hidden.some((place) => isWithin(place, path) || isWithin(path, place));
  return changes.map((change) => (isHidden(change) ? redact(change) : change));
}

const isWithin = (path: string, outer: string): boolean =>
  outer === '' || path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);

const holdsValues = (path: string): boolean =>
  /^(data|stringData)\b/.test(path) || path === '' || /^metadata(\.annotations(\[.*last-applied.*)?)?$/.test(path);

function redact({ path, label, before, after }: FieldChange): FieldChange {
  return {
    path,
    label,
    ...(before === undefined ? {} : { before: REDACTED }),
    ...(after === undefined ? {} : { after: before === undefined ? REDACTED : `${REDACTED}, another value` }),
  };
}

/** `spec.replicas: 2 → 3`, `+ spec.paused: true`, `- spec.paused: true`; one line, control characters escaped. */
export function formatFieldChange({ label, before, after }: FieldChange): string {
  if (before === undefined) return `+ ${label}: ${showValue(after)}`;
  if (after === undefined) return `- ${label}: ${showValue(before)}`;
  const from = firstDifference(JSON.stringify(before), JSON.stringify(after));
  return `~ ${label}: ${showValue(before, from)} → ${showValue(after, from)}`;
}

function showValue(value: unknown, from = 0): string {
  if (typeof value === 'string' && value.startsWith(REDACTED)) return value;
  const text = JSON.stringify(value) ?? 'null';
  if (text.length <= SHOWN_LENGTH_MAX) return text;
  const start = Math.max(0, from - CONTEXT_LENGTH);
  const end = start + SHOWN_LENGTH_MAX;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
}
