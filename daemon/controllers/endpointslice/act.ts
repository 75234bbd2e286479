/** Executes the EndpointSlice loop's actions. */

import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { createSliceAct } from '../shared/slice-act.ts';
import type { EndpointSliceAction, EndpointSliceSnapshot } from './actions.ts';

export function createAct(writes: TrackedWrites): Loop<EndpointSliceSnapshot, EndpointSliceAction>['act'] {
  return createSliceAct(writes);
}
