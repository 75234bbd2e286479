/**
 * Defaults of a CertificateSigningRequest: there are none in v1, but that the times of its conditions are always shown.
 */

import { showEachAsNull } from '../common/defaults.ts';
import type { CertificateSigningRequest } from '../types.generated.ts';

export function setDefaults({ status }: CertificateSigningRequest): void {
  showEachAsNull(status?.conditions, 'lastUpdateTime', 'lastTransitionTime');
}
