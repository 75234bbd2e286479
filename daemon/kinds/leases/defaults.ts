/**
 * Defaults of a Lease: none.
 */

import type { Lease } from '../types.generated.ts';

export function setDefaults(lease: Lease): void {
  lease.spec ??= {};
}
