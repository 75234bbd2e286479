/**
 * Defaults of a MutatingWebhookConfiguration (`pkg/apis/admissionregistration/v1/defaults.go`).
 */

import { setWebhookDefaults } from '../common/admission/webhooks.ts';
import type { MutatingWebhookConfiguration } from '../types.generated.ts';

export function setDefaults({ webhooks }: MutatingWebhookConfiguration): void {
  for (const webhook of webhooks ?? []) {
    setWebhookDefaults(webhook);
    webhook.reinvocationPolicy ??= 'Never';
  }
}
