/** Executes the mirroring loop's actions. */

import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { createSliceAct } from '../shared/slice-act.ts';
import type { MirroringAction, MirroringSnapshot } from './actions.ts';

export function createAct(writes: TrackedWrites): Loop<MirroringSnapshot, MirroringAction>['act'] {
  return createSliceAct(writes);
}
