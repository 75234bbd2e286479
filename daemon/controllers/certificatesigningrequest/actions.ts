/** What the certificate loop sees and does. The key is a CertificateSigningRequest's name. */

import type { CertificateSigningRequest } from '../../kinds/types.generated.ts';
import type { RequestSubject } from '../shared/signing.ts';

export interface ApprovalGround {
  /** Of certificatesigningrequests: who may create it is approved. */
  readonly subresource: string;
  /** Told of the approval. */
  readonly message: string;
}

export type CertificateAction =
  /** Approves on the first ground on which the one who asked may have it. */
  | { type: 'approveIfAllowed'; key: string; request: CertificateSigningRequest; grounds: readonly ApprovalGround[] }
  | { type: 'sign'; key: string; request: CertificateSigningRequest; seconds: number }
  | { type: 'fail'; key: string; request: CertificateSigningRequest; message: string }
  | { type: 'deleteRequest'; key: string; request: CertificateSigningRequest };

export interface CertificateSnapshot {
  key: string;
  request: CertificateSigningRequest;
  /** Undefined for what is no PKCS#10 request. */
  subject: RequestSubject | undefined;
  /** When the certificate that was given ends, in ms since the epoch. */
  endsMs: number | undefined;
}
