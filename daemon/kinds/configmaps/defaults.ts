/**
 * Defaults of a ConfigMap: there are none that show.
 */

import type { ConfigMap } from '../types.generated.ts';

export function setDefaults(_configMap: ConfigMap): void {}
