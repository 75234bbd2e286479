/**
 * Defaults of an Event of `events.k8s.io/v1`: the members that the API always shows.
 */

import type { EventEvents } from '../types.generated.ts';

export function setDefaults(event: EventEvents): void {
  event.regarding ??= {};
  event.deprecatedSource ??= {};
}
