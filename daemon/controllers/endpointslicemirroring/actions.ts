/** What the mirroring loop sees and does. */

import type { EndpointSlice, Endpoints } from '../../kinds/types.generated.ts';
import type { SliceAction } from '../shared/slices.ts';

export type MirroringAction = SliceAction;

export interface MirroringSnapshot {
  key: string;
  /** Undefined when nothing is to be mirrored (any more). */
  endpoints: Endpoints | undefined;
  /** Those that this controller made. */
  slices: readonly EndpointSlice[];
}
