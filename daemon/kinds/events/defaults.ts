/**
 * Defaults of an Event: the members that the API always shows.
 */

import type { Event } from '../types.generated.ts';

export function setDefaults(event: Event): void {
  event.involvedObject ??= {};
  event.source ??= {};
  event.reportingComponent ??= '';
  event.reportingInstance ??= '';
}
