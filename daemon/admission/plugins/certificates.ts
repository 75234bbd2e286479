/**
 * CertificateSubjectRestriction, CertificateApproval and CertificateSigning (`plugin/pkg/admission/certificates`): who may approve for a signer, who may
 * sign as one, and which subject nobody gets. Who made a request is written into it here, where that is known.
 */

import { subjectOfRequest } from '../../auth/certificate-request.ts';
import { formatTime } from '../../base/clock.ts';
import { deepEqual } from '../../base/json.ts';
import type { CertificateSigningRequest } from '../../kinds/types.generated.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import { type Attributes, type Plugin, type Refusal, refuse } from '../plugin.ts';

const GROUP = 'certificates.k8s.io';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

export const certificates: Plugin = {
  name: 'CertificateSigningRequests',

  mutate(attributes, environment) {
    const { group, plural } = attributes.kind.resource;
    if (group !== GROUP || plural !== 'certificatesigningrequests') return undefined;
    const request = attributes.object as CertificateSigningRequest | undefined;
    if (!request) return undefined;
    if (attributes.operation === 'create') {
      tellRequestor(request, attributes);
      return checkSubject(request, attributes);
    }
    const old = attributes.old as CertificateSigningRequest;
    const signer = old.spec?.signerName ?? '';
    tellTimes(request, old, formatTime(environment.clock.now()));
    if (attributes.subresource === 'approval' && !holds(environment, attributes, 'approve', signer))
      return refuse(attributes, '', `user not permitted to approve requests with signerName "${signer}"`);
    if (
      attributes.subresource === 'status' &&
      isSigned(request, old) &&
      !holds(environment, attributes, 'sign', signer)
    )
      return refuse(attributes, '', `user not permitted to sign requests with signerName "${signer}"`);
    return undefined;
  },
};

/** Whatever the request says of it. */
function tellRequestor({ spec }: CertificateSigningRequest, { user }: Attributes): void {
  if (!spec) return;
  const { username, uid, groups, extra } = user;
  spec.username = username;
  spec.groups = [...groups];
  if (uid) spec.uid = uid;
  else delete spec.uid;
  if (extra && Object.keys(extra).length > 0)
    spec.extra = Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
  else delete spec.extra;
}

/** When conditions were written and changed, where whoever wrote them does not say. */
function tellTimes(request: CertificateSigningRequest, old: CertificateSigningRequest, now: string): void {
  for (const condition of request.status?.conditions ?? []) {
    const before = old.status?.conditions?.find(
      ({ type, status }) => type === condition.type && status === condition.status,
    );
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= before?.lastTransitionTime ?? now;
  }
}

function checkSubject({ spec }: CertificateSigningRequest, attributes: Attributes): Refusal | undefined {
  if (spec?.signerName !== CLIENT_SIGNER) return undefined;
  const subject = subjectOfRequest(Buffer.from(spec.request ?? '', 'base64').toString('latin1'));
  if (!subject) return refuse(attributes, 'spec.request', 'failed to parse CSR: not a PKCS#10 certificate request');
  if (!subject.organizations.includes('system:masters')) return undefined;
  return refuse(attributes, 'spec.request', `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`);
}

/** Giving a certificate, failing to, and whatever else is to be said beside the approval are a signer's. */
const isSigned = ({ status }: CertificateSigningRequest, { status: old }: CertificateSigningRequest): boolean =>
  status?.certificate !== old?.certificate || !deepEqual(status?.conditions ?? [], old?.conditions ?? []);

/** The verb on the signer itself, or on all of its domain (`example.org/*`). */
function holds({ authorizer }: AdmissionEnvironment, { user }: Attributes, verb: string, signer: string): boolean {
  const names = [signer, `${signer.split('/')[0]}/*`];
  return names.some(
    (name) =>
      authorizer?.authorize(user, { verb, group: GROUP, version: '*', resource: 'signers', name }).allowed ?? true,
  );
}
