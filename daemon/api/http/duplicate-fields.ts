/**
 * Members that a JSON text gives twice, which `JSON.parse` does not tell. One pass over the tokens, without recursion; the text is valid.
 * A path is only put together where it is told: a text can have many members below a long name.
 */

import type { FieldFinding } from '../../schema/strict-errors.ts';

/** An object or a list that the walk is in. */
interface Frame {
  readonly parent: Frame | undefined;
  readonly path: string;
  /** How often each member was named so far; undefined within a list. */
  readonly named: Map<string, number> | undefined;
  index: number;
  key: string;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The frame at each name of a member, with that name as its `key`. */
function* walkMembers(text: string): Generator<Frame> {
  let top: Frame | undefined;
  let expectsKey = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') {
      expectsKey = token === '{';
      top = {
        parent: top,
        path: top ? placeIn(top) : '',
        named: expectsKey ? new Map() : undefined,
        index: 0,
        key: '',
      };
    } else if (token === '}' || token === ']') {
      top = top?.parent;
      expectsKey = false;
    } else if (token === ',') {
      if (top?.named) expectsKey = true;
      else if (top) top.index++;
    } else if (expectsKey && top?.named) {
      top.key = JSON.parse(token) as string;
      top.named.set(top.key, (top.named.get(top.key) ?? 0) + 1);
      expectsKey = false;
      yield top;
    }
  }
}

/** The second time is when it is told. */
const isRepeated = ({ named, key }: Frame): boolean => named?.get(key) === 2;

const stepOf = ({ named, index, key }: Frame): string => (named ? key : `[${index}]`);

function placeIn(frame: Frame): string {
  return frame.path && frame.named ? `${frame.path}.${frame.key}` : frame.path + stepOf(frame);
}

/** Their paths: `spec.replicas`. */
export function findDuplicates(text: string): string[] {
  const duplicates: string[] = [];
  for (const frame of walkMembers(text)) if (isRepeated(frame)) duplicates.push(placeIn(frame));
  return duplicates;
}

/** What of the unknown fields lies below a frame. */
interface Below {
  /** Their paths from there on. */
  readonly unknown: readonly string[];
  /** The frame is the value of an unknown field: Go's decoder does not look into it. */
  readonly isSkipped: boolean;
}

/** The unknown fields and what is given twice, as Go's decoder meets them. */
export function inTextOrder(text: string, unknownFields: readonly string[]): FieldFinding[] {
  const errors: FieldFinding[] = [];
  const known = new Map<Frame, Below>();
  const belowOf = (frame: Frame): Below => {
    const { parent } = frame;
    const below = known.get(frame) ?? (parent ? narrow(belowOf(parent), stepOf(parent)) : whole);
    known.set(frame, below);
    return below;
  };
  const whole: Below = { unknown: unknownFields, isSkipped: false };
  for (const frame of walkMembers(text)) {
    const { unknown, isSkipped } = belowOf(frame);
    if (isSkipped) continue;
    const isUnknown = unknown.includes(frame.key);
    if (isUnknown && frame.named?.get(frame.key) === 1) errors.push({ path: placeIn(frame), problem: 'unknown' });
    if (!isUnknown && isRepeated(frame)) errors.push({ path: placeIn(frame), problem: 'duplicate' });
  }
  return errors;
}

function narrow({ unknown, isSkipped }: Below, step: string): Below {
  if (isSkipped || unknown.includes(step)) return { unknown: [], isSkipped: true };
  const within = unknown.filter((path) => path.startsWith(step) && '.['.includes(path[step.length]!));
  return { unknown: within.map((path) => path.slice(step.length).replace(/^\./, '')), isSkipped: false };
}
