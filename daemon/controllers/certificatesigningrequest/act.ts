/** Executes the certificate loop's actions. */

import { type Clock, formatTime } from '../../base/clock.ts';
import { keyOf } from '../../base/object.ts';
import type { Client } from '../../client/client.ts';
import { CERTIFICATE_SIGNING_REQUESTS, SUBJECT_ACCESS_REVIEWS } from '../../kinds/resources.ts';
import type { CertificateSigningRequest } from '../../kinds/types.generated.ts';
import type { Loop } from '../../runtime/loop.ts';
import { ignoringNotFound } from '../shared/errors.ts';
import type { Signing } from '../shared/signing.ts';
import type { CertificateAction, CertificateSnapshot } from './actions.ts';

export function createAct(
  client: Client,
  signing: Signing,
  clock: Clock,
): Loop<CertificateSnapshot, CertificateAction>['act'] {
  const withCondition = (request: CertificateSigningRequest, type: string, reason: string, message: string) => {
    const at = formatTime(clock.now());
    const condition = { type, status: 'True', reason, message, lastUpdateTime: at, lastTransitionTime: at };
    return {
      ...request,
      status: { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] },
    };
  };
  const mayCreate = async ({ spec }: CertificateSigningRequest, subresource: string): Promise<boolean> => {
    const { username: user, groups, uid, extra } = spec ?? {};
    const resourceAttributes = {
      group: 'certificates.k8s.io',
      resource: 'certificatesigningrequests',
      verb: 'create',
      subresource,
    };
    const asked = { user, groups, uid, extra, resourceAttributes };
    const review = await client.create(SUBJECT_ACCESS_REVIEWS, { metadata: {}, spec: asked });
    return review.status?.allowed ?? false;
  };
  return {
    approveIfAllowed: async ({ request, grounds }) => {
      for (const { subresource, message } of grounds) {
        if (!(await mayCreate(request, subresource))) continue;
        const approved = withCondition(request, 'Approved', 'AutoApproved', message);
        await client.update(CERTIFICATE_SIGNING_REQUESTS, approved, { subresource: 'approval' });
        return;
      }
    },
    sign: async ({ request, seconds }) => {
      const pem = Buffer.from(request.spec?.request ?? '', 'base64').toString('latin1');
      let certificate: string;
      try {
        certificate = await signing.certificate({ request: pem, usages: request.spec?.usages ?? [], seconds });
      } catch (error) {
        const failed = withCondition(request, 'Failed', 'SignerValidationFailure', String((error as Error).message));
        return void (await client.update(CERTIFICATE_SIGNING_REQUESTS, failed, { subresource: 'status' }));
      }
      const status = { ...request.status, certificate: Buffer.from(certificate).toString('base64') };
      await client.update(CERTIFICATE_SIGNING_REQUESTS, { ...request, status }, { subresource: 'status' });
    },
    fail: async ({ request, message }) => {
      const failed = withCondition(request, 'Failed', 'SignerValidationFailure', message);
      await client.update(CERTIFICATE_SIGNING_REQUESTS, failed, { subresource: 'status' });
    },
    deleteRequest: ({ request }) => {
      const preconditions = { uid: request.metadata?.uid };
      return ignoringNotFound(client.delete(CERTIFICATE_SIGNING_REQUESTS, keyOf(request), { preconditions }));
    },
  };
}
