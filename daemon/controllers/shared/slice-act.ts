/** Executes slice actions; used by the two loops that keep slices. */

import { ENDPOINT_SLICES } from '../../kinds/resources.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { ignoringNotFound } from './errors.ts';
import type { SliceAction } from './slices.ts';

export function createSliceAct(writes: TrackedWrites): {
  readonly [Type in SliceAction['type']]: (action: Extract<SliceAction, { type: Type }>) => Promise<void>;
} {
  return {
    createSlice: async ({ key, slice }) => {
      await writes.create(key, ENDPOINT_SLICES, slice);
    },
    updateSlice: async ({ key, slice }) => {
      await writes.update(key, ENDPOINT_SLICES, slice);
    },
    deleteSlice: ({ key, slice }) => ignoringNotFound(writes.delete(key, ENDPOINT_SLICES, slice)),
  };
}
