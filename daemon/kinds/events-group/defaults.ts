/**
 * Defaults of an Event of `events.k8s.io/v1`: the members that the API always shows.
 */

import { showAsNull } from '../common/defaults.ts';
import type { EventEvents } from '../types.generated.ts';

export function setDefaults(event: EventEvents): void {
  showAsNull(event, 'eventTime', 'deprecatedFirstTimestamp', 'deprecatedLastTimestamp');
  event.regarding ??= {};
  event.deprecatedSource ??= {};
}
