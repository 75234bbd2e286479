/**
 * The event recorder: what happened to an object, for people (`kubectl describe`, `kubectl events`).
 *
 * Recording never fails the caller and never blocks it: events are written in the background, in order, from a bounded queue; what
 * overflows or is refused is dropped and logged. Secrets' values must not be passed in messages.
 */

import { type Clock, formatMicroTime, formatTime } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { KubeObject } from '../base/object.ts';
import { isReason } from '../base/status.ts';
import type { Client } from '../client/client.ts';
import { apiVersionOf, type Resource } from '../kinds/resource.ts';
import { EVENTS } from '../kinds/resources.ts';
import type { Event, ObjectReference } from '../kinds/types.generated.ts';
import { EventCorrelator } from './event-correlator.ts';

export interface EventInput {
  /** The object itself (with apiVersion, kind and metadata), or a reference to it. */
  regarding: KubeObject | ObjectReference;
  type: 'Normal' | 'Warning';
  /** CamelCase, short. */
  reason: string;
  message: string;
  /** `spec.containers{web}`, for events of one container. */
  fieldPath?: string;
  /** Set: the event has the form of events.k8s.io (eventTime and reporting component), as the scheduler's have. */
  action?: string;
  related?: ObjectReference;
}

export interface EventRecorder {
  record(input: EventInput): void;
  /** Resolves when everything recorded so far is written or dropped. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  clock: Clock;
  log: Logger;
  /** `deployment-controller`, `default-scheduler`, `kubelet`. */
  component: string;
  /** The node's name, for agents. */
  host?: string;
}

/** Events waiting to be written; client-go's broadcaster keeps 1,000 too. */
const QUEUE_LENGTH_MAX = 1_000;
/** `Event.message` is at most 1 KiB (core validation of events.k8s.io's note). */
const MESSAGE_LENGTH_MAX = 1_024;
const NANOS_PER_MS = 1_000_000n;

export function createEventRecorder(client: Client, options: EventRecorderOptions): EventRecorder {
  const correlator = new EventCorrelator();
  const waiting: Event[] = [];
  let draining: Promise<void> | undefined;
  let lastNanos = 0n;

  const uniqueNanos = (now: number): bigint => {
    const nanos = BigInt(Math.trunc(now)) * NANOS_PER_MS;
    lastNanos = nanos > lastNanos ? nanos : lastNanos + 1n;
    return lastNanos;
  };
  const write = async (event: Event): Promise<void> => {
    const correlated = correlator.correlate(event, options.clock.now());
    if (!correlated) return;
    try {
      await send(client, correlated.event, correlated.type === 'count');
    } catch (error) {
      correlator.forget(correlated.key);
      const fields = { reason: event.reason, object: event.involvedObject.name, error: String(error) };
      options.log.debug(fields, 'an event could not be written');
    }
  };
  const drain = async (): Promise<void> => {
    for (let event = waiting.shift(); event; event = waiting.shift()) await write(event);
    draining = undefined;
  };
  return {
    record(input) {
      if (waiting.length >= QUEUE_LENGTH_MAX) {
        options.log.warn({ reason: input.reason }, 'too many events at once; one was dropped');
        return;
      }
      const now = options.clock.now();
      waiting.push(toEvent(input, options, now, uniqueNanos(now)));
      draining ??= Promise.resolve().then(drain);
    },
    flush: async () => {
      while (draining) await draining;
    },
  };
}

/** A counted event is patched; when it has expired meanwhile, it is made anew. */
async function send(client: Client, event: Event, isRepeat: boolean): Promise<void> {
  const { namespace, name = '' } = event.metadata;
  if (isRepeat) {
    const { count, lastTimestamp, message } = event;
    try {
      await client.patch(EVENTS, { namespace, name }, { count, lastTimestamp, message }, { type: 'merge' });
      return;
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
  await client.create(EVENTS, event);
}

function toEvent(input: EventInput, options: EventRecorderOptions, now: number, nanos: bigint): Event {
  const involvedObject = {
    ...referenceTo(input.regarding),
    ...(input.fieldPath ? { fieldPath: input.fieldPath } : {}),
  };
  const namespace = involvedObject.namespace || 'default';
  const stamp = formatTime(now);
  const common = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${involvedObject.name}.${nanos.toString(16)}`, namespace },
    involvedObject,
    reason: input.reason,
    message: input.message.slice(0, MESSAGE_LENGTH_MAX),
    type: input.type,
    ...(input.related ? { related: input.related } : {}),
  };
  if (input.action !== undefined) {
    return {
      ...common,
      source: {},
      eventTime: formatMicroTime(now),
      action: input.action,
      reportingComponent: options.component,
      reportingInstance: options.host ? `${options.component}-${options.host}` : options.component,
    };
  }
  return {
    ...common,
    source: { component: options.component, ...(options.host ? { host: options.host } : {}) },
    firstTimestamp: stamp,
    lastTimestamp: stamp,
    count: 1,
    reportingComponent: options.component,
    reportingInstance: options.host ?? '',
  };
}

/** The reference that events and endpoints carry. */
function referenceTo(object: KubeObject | ObjectReference): ObjectReference {
  if (!('metadata' in object)) return object as ObjectReference;
  const { apiVersion, kind, metadata = {} } = object as KubeObject;
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    kind,
    ...(namespace ? { namespace } : {}),
    name,
    uid,
    apiVersion,
    ...(resourceVersion ? { resourceVersion } : {}),
  };
}

/** As {@link referenceTo}, for objects out of a list, which need not name their own kind. */
export function referenceOf(resource: Resource, object: KubeObject): ObjectReference {
  return {
    ...referenceTo({ ...object, metadata: object.metadata ?? {} }),
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
  };
}
