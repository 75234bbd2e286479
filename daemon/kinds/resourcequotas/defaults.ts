/**
 * Defaults of a ResourceQuota: its amounts are kept in thousandths.
 */

import { roundUpResources } from '../common/pod/defaults.ts';
import type { ResourceQuota } from '../types.generated.ts';

export function setDefaults({ spec, status }: ResourceQuota): void {
  for (const list of [spec?.hard, status?.hard, status?.used]) if (list) roundUpResources(list);
}
