/**
 * Defaults of a ServiceAccount: none.
 */

import type { ServiceAccount } from '../types.generated.ts';

export function setDefaults(_account: ServiceAccount): void {}
