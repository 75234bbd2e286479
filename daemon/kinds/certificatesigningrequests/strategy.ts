/**
 * What each path of a CertificateSigningRequest may change (`pkg/registry/certificates/certificates/strategy.go`): nothing of the spec; the approval and
 * the certificate each by a path of their own. Who asked is set at admission, which knows it.
 */

import { restore } from '../common/strategy.ts';
import type { CertificateSigningRequest } from '../types.generated.ts';

export function prepareForCreate(request: CertificateSigningRequest): void {
  request.status = {};
}

export function prepareForUpdate(request: CertificateSigningRequest, old: Readonly<CertificateSigningRequest>): void {
  restore(request, old, 'spec');
  restore(request, old, 'status');
}

/** That approvals and denials stay as they are is the validation's to see to: they have their own path. */
export function prepareForStatusUpdate(
  request: CertificateSigningRequest,
  old: Readonly<CertificateSigningRequest>,
): void {
  restore(request, old, 'spec');
}

/** The certificate stays as it is. */
export function prepareForApproval(request: CertificateSigningRequest, old: Readonly<CertificateSigningRequest>): void {
  restore(request, old, 'spec');
  const conditions = request.status?.conditions ?? [];
  const { certificate } = old.status ?? {};
  request.status = {
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(certificate === undefined ? {} : { certificate }),
  };
}
