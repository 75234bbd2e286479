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

/** What each signer takes: undefined, or why not. */
const SIGNERS: Readonly<Record<string, Judge>> = {
  'kubernetes.io/kube-apiserver-client': (_, usages) =>
    checkUsages(usages, ['client auth'], ['digital signature', 'key encipherment']),
  [KUBELET_SIGNER]: (subject, usages) =>
    checkNode(subject) ??
    (subject.dnsNames.length + subject.ipAddresses.length + subject.otherNames > 0
      ? 'DNS, email, IP and URI subjectAltNames are not allowed'
      : checkUsages(usages, ['client auth', 'digital signature'], ['key encipherment'])),
  'kubernetes.io/kubelet-serving': (subject, usages) =>
    checkNode(subject) ??
    (subject.otherNames > 0
      ? 'Email and URI subjectAltNames are not allowed'
      : subject.dnsNames.length + subject.ipAddresses.length === 0
        ? 'DNS or IP subjectAltName is required'
        : checkUsages(usages, ['server auth', 'digital signature'], ['key encipherment'])),
};

function checkUsages(
  usages: readonly string[],
  needed: readonly string[],
  more: readonly string[],
): string | undefined {
  const isFine =
    needed.every((one) => usages.includes(one)) && usages.every((one) => [...needed, ...more].includes(one));
  return isFine ? undefined : `usages did not match ${[...needed, ...more].join(', ')}`;
}

function checkNode({ commonName, organizations }: RequestSubject): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes')
    return 'subject organization is not system:nodes';
  return commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node: ';
}

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
  const isOwn = subject.commonName === username;
  const [subresource, whose] = isOwn ? ['selfnodeclient', 'self kubelet'] : ['nodeclient', 'kubelet'];
  const message = `Auto approving ${whose} client certificate after SubjectAccessReview.`;
  return { type: 'approveIfAllowed', key, request, subresource, message };
}

function isOld({ request, endsMs }: CertificateSnapshot, now: number): boolean {
  if (endsMs !== undefined && endsMs <= now) return true;
  const decided = has(request, 'Denied') ?? has(request, 'Failed') ?? has(request, 'Approved');
  const since = parseTime(decided?.lastUpdateTime ?? request.metadata?.creationTimestamp ?? '');
  return now - since > (decided ? DECIDED_MS_MAX : PENDING_MS_MAX);
}
