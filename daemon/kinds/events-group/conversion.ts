/**
 * `events.k8s.io/v1` and the core group's Event are one object in two shapes; it is kept in the core shape.
 * Field by field as `pkg/apis/events/v1/conversion.go` maps them. Pure.
 */

import { withoutUndefined } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import type { Conversion } from '../kind.ts';
import type { Event, EventEvents } from '../types.generated.ts';

const CORE = 'v1';

export const eventConversion: Conversion = {
  storedAs: CORE,
  convert: (object, apiVersion) => (apiVersion === CORE ? toCoreEvent(object) : toEventsGroup(object)),
  ask: (objects, apiVersion) => Promise.resolve(objects.map((one) => eventConversion.convert!(one, apiVersion))),
};

/** The kept Event as `events.k8s.io/v1` shows it. */
function toEventsGroup(stored: Readonly<KubeObject>): KubeObject {
  const event = stored as Readonly<Event>;
  return withoutUndefined({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: event.metadata,
    eventTime: event.eventTime ?? null,
    series: event.series,
    reportingController: event.reportingComponent || undefined,
    reportingInstance: event.reportingInstance || undefined,
    action: event.action,
    reason: event.reason,
    regarding: event.involvedObject,
    related: event.related,
    note: event.message,
    type: event.type,
    deprecatedSource: event.source,
    deprecatedFirstTimestamp: event.firstTimestamp,
    deprecatedLastTimestamp: event.lastTimestamp,
    deprecatedCount: event.count,
  });
}

/** An `events.k8s.io/v1` Event as it is kept. */
function toCoreEvent(object: Readonly<KubeObject>): KubeObject {
  const event = object as Readonly<EventEvents>;
  return withoutUndefined({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: event.metadata,
    involvedObject: event.regarding ?? {},
    reason: event.reason,
    message: event.note,
    source: event.deprecatedSource ?? {},
    firstTimestamp: event.deprecatedFirstTimestamp ?? null,
    lastTimestamp: event.deprecatedLastTimestamp ?? null,
    count: event.deprecatedCount,
    type: event.type,
    eventTime: event.eventTime ?? null,
    series: event.series,
    action: event.action,
    related: event.related,
    reportingComponent: event.reportingController ?? '',
    reportingInstance: event.reportingInstance ?? '',
  });
}
