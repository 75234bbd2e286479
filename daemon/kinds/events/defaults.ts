/**
 * Defaults of an Event: the members that the API always shows.
 */

import { showAsNull } from '../common/defaults.ts';
import type { Event } from '../types.generated.ts';

export function setDefaults(event: Event): void {
  showAsNull(event, 'firstTimestamp', 'lastTimestamp', 'eventTime');
  if (event.series) showAsNull(event.series, 'lastObservedTime');
  event.involvedObject ??= {};
  event.source ??= {};
  event.reportingComponent ??= '';
  event.reportingInstance ??= '';
}
