/** What the certificate loop sees of one request. Reads informers only. */

import type { Informer } from '../../client/informer.ts';
import type { CertificateSigningRequest } from '../../kinds/types.generated.ts';
import type { Signing } from '../shared/signing.ts';
import type { CertificateSnapshot } from './actions.ts';

const decode = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString('latin1');

export function observe(
  requests: Informer<CertificateSigningRequest>,
  signing: Pick<Signing, 'subjectOf' | 'endOf'>,
  key: string,
): CertificateSnapshot | undefined {
  const request = requests.get({ name: key });
  if (!request) return undefined;
  const { certificate } = request.status ?? {};
  return {
    key,
    request,
    subject: signing.subjectOf(decode(request.spec?.request)),
    endsMs: certificate ? signing.endOf(decode(certificate)) : undefined,
  };
}
