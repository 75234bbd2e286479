/**
 * The rules of a ValidatingWebhookConfiguration (`pkg/apis/admissionregistration/validation/validation.go`).
 */

import type { FieldError } from '../../base/field.ts';
import { checkWebhooks } from '../common/admission/webhooks.ts';
import { genericMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import type { ValidatingWebhookConfiguration } from '../types.generated.ts';

export function validate({ webhooks }: Readonly<ValidatingWebhookConfiguration>): FieldError[] {
  const errors: FieldError[] = [];
  checkWebhooks(errors, webhooks, undefined);
  return errors;
}

export function validateUpdate(
  configuration: Readonly<ValidatingWebhookConfiguration>,
  old: Readonly<ValidatingWebhookConfiguration>,
): FieldError[] {
  const errors = genericMetadataErrors(configuration, subdomainName, false);
  checkWebhooks(errors, configuration.webhooks, old.webhooks);
  return errors;
}
