/**
 * The rules of how objects are converted between the versions of a definition.
 */

import { X509Certificate } from 'node:crypto';
import {
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../base/field.ts';
import { dns1035LabelProblems } from '../../base/names.ts';
import { checkClientConfig } from '../common/admission/webhooks.ts';
import { checkProblems } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import type { CustomResourceConversion } from '../types.generated.ts';
import type { Before } from './before.ts';

const STRATEGIES = ['None', 'Webhook'];
export const REVIEW_VERSIONS = ['v1', 'v1beta1'];

export function checkConversion(
  errors: FieldError[],
  { strategy, webhook }: CustomResourceConversion,
  at: FieldPath,
  before: Before,
): void {
  if (!strategy) errors.push(required(at.child('strategy')));
  else if (!STRATEGIES.includes(strategy)) errors.push(notSupported(at.child('strategy'), strategy, STRATEGIES));
  const config = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  const configAt = at.child('webhookClientConfig');
  const versionsAt = at.child('conversionReviewVersions');
  if (strategy !== 'Webhook') {
    const why = 'should not be set when strategy is not set to Webhook';
    if (config) errors.push(forbiddenField(configAt, why));
    if (versions.length > 0) errors.push(forbiddenField(versionsAt, why));
    return;
  }
  if (!config) errors.push(required(configAt, 'required when strategy is set to Webhook'));
  else checkClientConfig(errors, config, configAt);
  const problem = config?.caBundle && !before.allowsInvalidCaBundle ? caBundleProblem(config.caBundle) : undefined;
  if (problem !== undefined)
    errors.push(invalidValue(configAt.child('caBundle'), goValue('[]byte', config!.caBundle), problem));
  checkReviewVersions(errors, versions, versionsAt, before);
}

/** What Go's `cert.ParseCertsPEM` says of it. */
export function caBundleProblem(encoded: string): string | undefined {
  const blocks = Buffer.from(encoded, 'base64')
    .toString('latin1')
    .match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (!blocks) return 'data does not contain any valid RSA or ECDSA certificates';
  try {
    for (const block of blocks) new X509Certificate(block);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function checkReviewVersions(
  errors: FieldError[],
  versions: readonly string[],
  at: FieldPath,
  { hasUnknownReviewVersions }: Before,
): void {
  if (versions.length === 0) {
    errors.push(required(at));
    return;
  }
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    if (seen.has(version)) errors.push(invalidValue(at.index(index), version, 'duplicate version'));
    else checkProblems(errors, at.index(index), version, dns1035LabelProblems(version));
    seen.add(version);
  }
  if (!hasUnknownReviewVersions && !versions.some((version) => REVIEW_VERSIONS.includes(version)))
    errors.push(
      invalidValue(at, goValue('[]string', versions), `must include at least one of ${REVIEW_VERSIONS.join(', ')}`),
    );
}
