/**
 * An Event as both of its shapes tell it (`v1` and `events.k8s.io/v1`), so that one set of rules and one table serve both.
 */

import type { ObjectMeta } from '../../base/object.ts';
import type { Event, EventEvents, EventSource, ObjectReference } from '../types.generated.ts';

export interface EventFacts {
  metadata: ObjectMeta;
  involvedObject: ObjectReference;
  related?: ObjectReference;
  reason: string;
  message: string;
  type: string;
  action: string;
  source: EventSource;
  reportingController: string;
  reportingInstance: string;
  eventTime?: string;
  firstTimestamp?: string;
  lastTimestamp?: string;
  count: number;
  series?: { count?: number; lastObservedTime?: string };
}

/** `null` times come from clients that write what they do not set. */
const orUndefined = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

export function factsOfCore(event: Readonly<Event>): EventFacts {
  return {
    metadata: event.metadata ?? {},
    involvedObject: event.involvedObject ?? {},
    related: event.related,
    reason: event.reason ?? '',
    message: event.message ?? '',
    type: event.type ?? '',
    action: event.action ?? '',
    source: event.source ?? {},
    reportingController: event.reportingComponent ?? '',
    reportingInstance: event.reportingInstance ?? '',
    eventTime: orUndefined(event.eventTime),
    firstTimestamp: orUndefined(event.firstTimestamp),
    lastTimestamp: orUndefined(event.lastTimestamp),
    count: event.count ?? 0,
    series: event.series,
  };
}

export function factsOfGroup(event: Readonly<EventEvents>): EventFacts {
  return {
    metadata: event.metadata ?? {},
    involvedObject: event.regarding ?? {},
    related: event.related,
    reason: event.reason ?? '',
    message: event.note ?? '',
    type: event.type ?? '',
    action: event.action ?? '',
    source: event.deprecatedSource ?? {},
    reportingController: event.reportingController ?? '',
    reportingInstance: event.reportingInstance ?? '',
    eventTime: orUndefined(event.eventTime),
    firstTimestamp: orUndefined(event.deprecatedFirstTimestamp),
    lastTimestamp: orUndefined(event.deprecatedLastTimestamp),
    count: event.deprecatedCount ?? 0,
    series: event.series,
  };
}
