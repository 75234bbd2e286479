/**
 * Defaults of Endpoints: TCP.
 */

import type { Endpoints } from '../types.generated.ts';

export function setDefaults(endpoints: Endpoints): void {
  for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
}
