/**
 * Whether the repository, or one object of it, is suspended: what is in force stays as it is, and nothing is put back. Pure.
 * All of it by `suspend:` in reflet.yaml; one object by its annotations. An expiry that has passed counts as none.
 */

import type { TreeProblem } from '../../admission/contract.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { isObject } from '../../base/json.ts';
import type { JsonObject } from '../../base/object.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { ObjectChanges } from '../desired-state.ts';

/** Its value is the reason, for people. */
const SUSPEND = 'reflet.dev/suspend';
/** RFC 3339; without it a commit that removes the annotations ends it. */
const SUSPEND_UNTIL = 'reflet.dev/suspend-until';

export interface Suspension {
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly untilMs: number | undefined;
}

export function suspensionOf({ suspend }: Configuration, nowMs: number): Suspension | undefined {
  return suspend && isActive(suspend, nowMs) ? suspend : undefined;
}

export function objectSuspension(manifest: Readonly<JsonObject>, nowMs: number): Suspension | undefined {
  const said = readAnnotations(manifest);
  return said && isActive(said, nowMs) ? said : undefined;
}

/** Whether a manifest says that its object is suspended, however long. */
export const saysSuspension = (manifest: Readonly<JsonObject>): boolean => readAnnotations(manifest) !== undefined;

const isActive = ({ untilMs }: Suspension, nowMs: number): boolean => untilMs === undefined || nowMs < untilMs;

/** What the annotations say, passed or not; an expiry that cannot be read is none (admission refuses it). */
function readAnnotations({ metadata }: Readonly<JsonObject>): Suspension | undefined {
  const annotations = isObject(metadata) && isObject(metadata['annotations']) ? metadata['annotations'] : {};
  const reason = annotations[SUSPEND];
  if (typeof reason !== 'string') return undefined;
  const until = annotations[SUSPEND_UNTIL];
  const untilMs = typeof until === 'string' ? parseTime(until) : Number.NaN;
  return { reason, untilMs: Number.isNaN(untilMs) ? undefined : untilMs };
}

/** When the next suspension ends by itself; undefined when none does. */
export function nextExpiry(
  configuration: Configuration,
  manifests: Iterable<Readonly<JsonObject>>,
  nowMs: number,
): number | undefined {
  const all = [suspensionOf(configuration, nowMs), ...Array.from(manifests, (one) => objectSuspension(one, nowMs))];
  const times = all.flatMap((one) => (one?.untilMs === undefined ? [] : [one.untilMs]));
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** `suspended until 2027-01-01T00:00:00Z: freeze` */
export function describeSuspension({ reason, untilMs }: Suspension): string {
  const until = untilMs === undefined ? '' : ` until ${formatTime(untilMs)}`;
  return `suspended${until}${reason ? `: ${reason}` : ''}`;
}

const INVALID = 422;

/** What is wrong with the annotations of changed manifests, and suspended objects whose manifests go. */
export function checkSuspensions(changes: ObjectChanges, nowMs: number): TreeProblem[] {
  const problems: TreeProblem[] = [];
  for (const { file, document } of changes.changed) {
    const { metadata } = document.object;
    const annotations = isObject(metadata) && isObject(metadata['annotations']) ? metadata['annotations'] : {};
    const until = annotations[SUSPEND_UNTIL];
    if (until === undefined) continue;
    const place = {
      file: file.path,
      document: document.number,
      fieldPath: `metadata.annotations[${SUSPEND_UNTIL}]`,
      code: INVALID,
    };
    if (typeof until !== 'string' || Number.isNaN(parseTime(until)))
      problems.push({
        ...place,
        message: `${JSON.stringify(until)} is no time`,
        expected: 'a time such as 2027-01-31T12:00:00Z',
      });
    else if (annotations[SUSPEND] === undefined)
      problems.push({
        ...place,
        message: 'an expiry of what is not suspended',
        expected: `${SUSPEND} with a reason beside it`,
      });
  }
  for (const { file, document } of changes.removed) {
    const suspension = objectSuspension(document.object, nowMs);
    if (!suspension) continue;
    const message = `the object is ${describeSuspension(suspension)}: its manifest cannot go`;
    problems.push({
      file: file.path,
      document: document.number,
      fieldPath: '',
      message,
      expected: `a commit that removes ${SUSPEND} first`,
      code: INVALID,
    });
  }
  return problems;
}
