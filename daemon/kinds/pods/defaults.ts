/**
 * Defaults of a Pod.
 */

import { setPodOnlyDefaults, setPodSpecDefaults } from '../common/pod/defaults.ts';
import type { Pod } from '../types.generated.ts';

export function setDefaults(pod: Pod): void {
  pod.spec ??= { containers: [] };
  setPodSpecDefaults(pod.spec);
  setPodOnlyDefaults(pod.spec);
}
