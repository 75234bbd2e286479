/**
 * CertificateSubjectRestriction, CertificateApproval and CertificateSigning (`plugin/pkg/admission/certificates`): who may approve for a signer, who may
 * sign as one, and which subject nobody gets. Who made a request is written into it here, where that is known.
 */

import { subjectOfRequest } from '../../auth/certificate-request.ts';
import { formatTime } from '../../base/clock.ts';
import { invalidValue, path } from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { invalid } from '../../base/status.ts';
import { goValue } from '../../kinds/common/go-values.ts';
import type { CertificateSigningRequest } from '../../kinds/types.generated.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import { type Attributes, type Plugin, type Refusal, refuse } from '../plugin.ts';

const GROUP = 'certificates.k8s.io';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const REQUEST = path('spec').child('request');

export const certificates: Plugin = {
  name: 'CertificateSigningRequests',

  mutate(attributes, environment) {
    const request = requestOf(attributes);
    if (!request) return undefined;
    if (attributes.operation === 'create') tellRequestor(request, attributes);
    else tellTimes(request, attributes.old as CertificateSigningRequest, formatTime(environment.clock.now()));
    return undefined;
  },

  validate(attributes, environment) {
    const request = requestOf(attributes);
    if (!request) return undefined;
    if (attributes.operation === 'create') return checkSubject(request, attributes);
    const { subresource } = attributes;
    const old = attributes.old as CertificateSigningRequest;
    const signer = old.spec?.signerName ?? '';
    const approves = subresource === 'approval';
    if (approves && !holds(environment, attributes, 'approve', signer))
      return refuse(attributes, '', `user not permitted to approve requests with signerName "${signer}"`);
    const signs = subresource === 'status' && isSigned(request, old);
    if (signs && !holds(environment, attributes, 'sign', signer))
      return refuse(attributes, '', `user not permitted to sign requests with signerName "${signer}"`);
    return undefined;
  },
};

/** What is created or updated, when it is a certificate signing request. */
function requestOf({ kind, object }: Attributes): CertificateSigningRequest | undefined {
  const { group, plural } = kind.resource;
  return group === GROUP && plural === 'certificatesigningrequests'
    ? (object as CertificateSigningRequest | undefined)
    : undefined;
}

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
  const subject = subjectOfRequest(Buffer.from(spec?.request ?? '', 'base64').toString('latin1'));
  if (!subject) return refuseUnreadable(spec?.request, attributes);
  if (spec?.signerName !== CLIENT_SIGNER || !subject.organizations.includes('system:masters')) return undefined;
  return refuse(attributes, 'spec.request', `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`);
}

/** Whoever is to sign it. Upstream finds that where it judges the object itself; reading a request is a matter of `auth/` here. */
function refuseUnreadable(request: string | undefined, { kind, name }: Attributes): Refusal {
  const error = invalidValue(REQUEST, goValue('[]byte', request), 'not a PKCS#10 certificate request');
  return { error: invalid(kind.resource, name, [error]), fieldPath: REQUEST.toString() };
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
