/**
 * Certificate requests for Kubernetes' own signers: nodes' own are approved, approved ones signed or failed, and all are removed in time
 * (`pkg/controller/certificates/{approver,signer,cleaner}`). Pure.
 */

import { parseTime } from '../../base/clock.ts';
import type { CertificateSigningRequest } from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { RequestSubject } from '../shared/signing.ts';
import type { CertificateAction, CertificateSnapshot } from './actions.ts';

const KUBELET_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
const HOUR_MS = 3_600_000;
/** Of the cleaner: decided ones are kept for an hour, undecided ones for a day. */
const DECIDED_MS_MAX = HOUR_MS;
const PENDING_MS_MAX = 24 * HOUR_MS;
const SECONDS_MAX = 365 * 24 * 3600;
const SECONDS_MIN = 600;

type Judge = (subject: RequestSubject, usages: readonly string[]) => string | undefined;

/** What each signer takes: undefined, or why not; the first reason that upstream finds (`pkg/apis/certificates/helpers.go`). */
const SIGNERS: Readonly<Record<string, Judge>> = {
  'kubernetes.io/kube-apiserver-client': (_, usages) => {
    const other = usages.find((usage) => !['client auth', ...OPTIONAL_USAGES].includes(usage));
    if (other !== undefined) return `invalid usage for client certificate: ${other}`;
    return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
  },
  [KUBELET_SIGNER]: (subject, usages) =>
    checkOrganization(subject) ??
    refuseNames('DNS', subject.dnsNames.length) ??
    refuseNames('Email', subject.emailAddresses.length) ??
    refuseNames('IP', subject.ipAddresses.length) ??
    refuseNames('URI', subject.uris.length) ??
    refuseNames('Other', subject.otherNames) ??
    checkCommonName(subject) ??
    checkUsages(usages, 'client auth'),
  'kubernetes.io/kubelet-serving': (subject, usages) =>
    checkOrganization(subject) ??
    (subject.dnsNames.length + subject.ipAddresses.length === 0 ? 'DNS or IP subjectAltName is required' : undefined) ??
    refuseNames('Email', subject.emailAddresses.length) ??
    refuseNames('URI', subject.uris.length) ??
    refuseNames('Other', subject.otherNames) ??
    checkUsages(usages, 'server auth') ??
    checkCommonName(subject),
};

const OPTIONAL_USAGES = ['digital signature', 'key encipherment'];

/** Of a node's certificate: for signing and for this, and, with RSA keys, for enciphering keys. */
function checkUsages(usages: readonly string[], purpose: 'client auth' | 'server auth'): string | undefined {
  const all = [purpose, ...OPTIONAL_USAGES];
  const isFine = [purpose, 'digital signature'].every((one) => usages.includes(one));
  return isFine && usages.every((one) => all.includes(one))
    ? undefined
    : `usages did not match [${all.sort().join(' ')}]`;
}

const refuseNames = (kind: string, count: number): string | undefined =>
  count > 0 ? `${kind} subjectAltNames are not allowed` : undefined;

const checkOrganization = ({ organizations }: RequestSubject): string | undefined =>
  organizations.length === 1 && organizations[0] === 'system:nodes'
    ? undefined
    : 'subject organization is not system:nodes';

const checkCommonName = ({ commonName }: RequestSubject): string | undefined =>
  commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:';

const has = ({ status }: CertificateSigningRequest, type: string) =>
  status?.conditions?.find((one) => one.type === type);

export function decide(snapshot: CertificateSnapshot, now: number): Decision<CertificateAction> {
  const { key, request } = snapshot;
  if (isOld(snapshot, now)) return { actions: [{ type: 'deleteRequest', key, request }] };
  const waiting = [{ reason: 'Kept', message: 'it is removed in time', afterMs: HOUR_MS }];
  const action = nextAction(snapshot);
  return action ? { actions: [action] } : { actions: [], waiting };
}

function nextAction({ key, request, subject }: CertificateSnapshot): CertificateAction | undefined {
  const { signerName = '', usages = [], expirationSeconds, username } = request.spec ?? {};
  const judge = Object.hasOwn(SIGNERS, signerName) ? SIGNERS[signerName] : undefined;
  if (!judge || request.status?.certificate || has(request, 'Denied') || has(request, 'Failed')) return undefined;
  const problem = subject ? judge(subject, usages) : 'the request cannot be read';
  if (has(request, 'Approved')) {
    if (problem) return { type: 'fail', key, request, message: problem };
    const seconds = Math.min(Math.max(expirationSeconds ?? SECONDS_MAX, SECONDS_MIN), SECONDS_MAX);
    return { type: 'sign', key, request, seconds };
  }
  if (signerName !== KUBELET_SIGNER || problem || !subject) return undefined;
  const grounds = subject.commonName === username ? [OWN, ANY_NODES] : [ANY_NODES];
  return { type: 'approveIfAllowed', key, request, grounds };
}

const OWN = {
  subresource: 'selfnodeclient',
  message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
};
const ANY_NODES = {
  subresource: 'nodeclient',
  message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
};

function isOld({ request, endsMs }: CertificateSnapshot, now: number): boolean {
  if (endsMs !== undefined && endsMs <= now) return true;
  const decided = has(request, 'Denied') ?? has(request, 'Failed') ?? has(request, 'Approved');
  const since = parseTime(decided?.lastUpdateTime ?? request.metadata?.creationTimestamp ?? '');
  return now - since > (decided ? DECIDED_MS_MAX : PENDING_MS_MAX);
}
