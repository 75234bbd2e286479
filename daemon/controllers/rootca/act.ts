/** Executes the root CA loop's actions. */

import { isReason } from '../../base/status.ts';
import { CONFIG_MAPS } from '../../kinds/resources.ts';
import type { Loop } from '../../runtime/loop.ts';
import type { TrackedWrites } from '../../runtime/tracked-writes.ts';
import { isNamespaceTerminating } from '../shared/errors.ts';
import type { RootCaAction, RootCaSnapshot } from './actions.ts';

export function createAct(writes: TrackedWrites): Loop<RootCaSnapshot, RootCaAction>['act'] {
  return {
    createConfigMap: async ({ key, configMap }) => {
      try {
        await writes.create(key, CONFIG_MAPS, configMap);
      } catch (error) {
        if (isNamespaceTerminating(error) || isReason(error, 'NotFound')) return;
        throw error;
      }
    },
    updateConfigMap: async ({ key, configMap }) => {
      await writes.update(key, CONFIG_MAPS, configMap);
    },
  };
}
