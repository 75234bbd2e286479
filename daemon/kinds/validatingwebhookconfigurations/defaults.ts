/**
 * Defaults of a ValidatingWebhookConfiguration (`pkg/apis/admissionregistration/v1/defaults.go`).
 */

import { setWebhookDefaults } from '../common/admission/webhooks.ts';
import type { ValidatingWebhookConfiguration } from '../types.generated.ts';

export function setDefaults({ webhooks }: ValidatingWebhookConfiguration): void {
  for (const webhook of webhooks ?? []) setWebhookDefaults(webhook);
}
