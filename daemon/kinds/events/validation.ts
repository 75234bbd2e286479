/**
 * The rules of Events (`pkg/apis/core/validation/events.go`): lenient for `v1`, strict for `events.k8s.io/v1`.
 */

import { type FieldError, type FieldPath, invalidValue, path, required } from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { dns1123SubdomainProblems } from '../../base/names.ts';
import { checkProblems, checkQualifiedName } from '../common/checks.ts';
import { goMoment } from '../common/go-values.ts';
import { checkImmutable, IMMUTABLE } from '../common/metadata.ts';
import type { Event } from '../types.generated.ts';
import { type EventFacts, factsOfCore } from './facts.ts';

/** A time that is not set, as Go has it. */
const ZERO_TIME = '0001-01-01T00:00:00Z';
const LENGTH_MAX = 128;
const NOTE_LENGTH_MAX = 1024;
/** In the order in which the API server compares them (`reason` stands there twice), those that are no plain text or number with what Go calls them. */
const FIXED: readonly (readonly [field: keyof EventFacts, type?: string])[] = [
  ['involvedObject', 'core.ObjectReference'],
  ['reason'],
  ['message'],
  ['source', 'core.EventSource'],
  ['firstTimestamp', 'v1.Time'],
  ['lastTimestamp', 'v1.Time'],
  ['count'],
  ['reason'],
  ['type'],
  ['eventTime', 'v1.Time'],
  ['action'],
  ['related', 'core.ObjectReference'],
  ['reportingController'],
  ['reportingInstance'],
];

export function validate(event: Readonly<Event>): FieldError[] {
  const errors: FieldError[] = [];
  checkCommon(errors, factsOfCore(event), 'reportingComponent');
  return errors;
}

export function validateUpdate(event: Readonly<Event>, _old: Readonly<Event>): FieldError[] {
  return validate(event);
}

/** A new event of `events.k8s.io/v1`. */
export function validateStrictly(facts: EventFacts): FieldError[] {
  const errors: FieldError[] = [];
  checkCommon(errors, facts, 'reportingController');
  checkSeries(errors, facts);
  if (!facts.eventTime) errors.push(required(path('eventTime')));
  if (facts.type !== 'Normal' && facts.type !== 'Warning') {
    errors.push(invalidValue(path('type'), '', `has invalid value: ${facts.type}`));
  }
  const unset = (field: string) => errors.push(invalidValue(path(field), '', 'needs to be unset'));
  if (facts.firstTimestamp) unset('firstTimestamp');
  if (facts.lastTimestamp) unset('lastTimestamp');
  if (facts.count !== 0) unset('count');
  if (facts.source.component || facts.source.host) unset('source');
  return errors;
}

/** An update through `events.k8s.io/v1`: only the series may go on. */
export function validateStrictUpdate(facts: EventFacts, old: EventFacts): FieldError[] {
  const errors: FieldError[] = [];
  checkCommon(errors, facts, 'reportingController');
  if (!deepEqual(facts.series ?? null, old.series ?? null)) checkSeries(errors, facts);
  for (const [field, type] of FIXED) {
    if (type === 'v1.Time') checkSameTime(errors, facts[field] as string | undefined, old[field], path(field));
    else checkImmutable(errors, facts[field], old[field], path(field), type);
  }
  return errors;
}

function checkSameTime(errors: FieldError[], time: string | undefined, old: unknown, at: FieldPath): void {
  if (time !== old) errors.push(invalidValue(at, goMoment(time ?? ZERO_TIME), IMMUTABLE));
}

function checkSeries(errors: FieldError[], { series }: EventFacts): void {
  if (!series) return;
  if ((series.count ?? 0) < 2) errors.push(invalidValue(path('series.count'), '', 'should be at least 2'));
  if (!series.lastObservedTime) errors.push(required(path('series.lastObservedTime')));
}

function checkCommon(errors: FieldError[], facts: EventFacts, controllerField: string): void {
  const namespace = facts.metadata.namespace ?? '';
  const about = facts.involvedObject.namespace ?? '';
  const mismatch = () =>
    errors.push(invalidValue(path('involvedObject').child('namespace'), about, 'does not match event.namespace'));
  if (facts.eventTime) {
    if (about === '' && namespace !== 'default' && namespace !== 'kube-system') mismatch();
    checkReport(errors, facts, controllerField);
  } else if (about === '') {
    if (namespace !== '' && namespace !== 'default') mismatch();
  } else if (about !== namespace) {
    mismatch();
  }
  checkProblems(errors, path('namespace'), namespace, dns1123SubdomainProblems(namespace));
}

function checkReport(errors: FieldError[], facts: EventFacts, controllerField: string): void {
  const controller = path(controllerField);
  if (!facts.reportingController) errors.push(required(controller));
  checkQualifiedName(errors, controller, facts.reportingController);
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    if (!facts[field]) errors.push(required(path(field)));
    checkLength(errors, field, facts[field], LENGTH_MAX);
  }
  checkLength(errors, 'message', facts.message, NOTE_LENGTH_MAX);
}

function checkLength(errors: FieldError[], field: string, text: string, max: number): void {
  if (Buffer.byteLength(text) > max) errors.push(invalidValue(path(field), '', `can have at most ${max} characters`));
}
