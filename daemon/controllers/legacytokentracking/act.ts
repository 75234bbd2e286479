/** Executes the actions of the loop of the tracking ConfigMap. */

import { CONFIG_MAPS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import type { TrackingAction, TrackingSnapshot } from './actions.ts';

/** `created` is told when it was made. */
export function createAct(
  writes: TrackedWrites,
  key: string,
  created: () => void,
): Loop<TrackingSnapshot, TrackingAction>['act'] {
  return {
    createConfigMap: async ({ configMap }) => {
      await writes.create(key, CONFIG_MAPS, configMap);
      created();
    },
    updateConfigMap: async ({ configMap }) => {
      await writes.update(key, CONFIG_MAPS, configMap);
    },
  };
}
