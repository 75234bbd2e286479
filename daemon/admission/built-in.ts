/**
 * What the built-in plugins say of a request: the first no, in their order.
 */

import type { AdmissionEnvironment } from './contract.ts';
import type { Attributes, Refusal } from './plugin.ts';
import { PLUGINS } from './plugins.ts';
import type { AdmissionSteps } from './steps.ts';

/** Those that change the object. */
export function mutateBuiltIn(attributes: Attributes, environment: AdmissionEnvironment): Refusal | undefined {
  for (const plugin of PLUGINS) {
    const refusal = plugin.mutate?.(attributes, environment);
    if (refusal) return refusal;
  }
  return undefined;
}

/** Those that judge it. */
export function* validateBuiltIn(
  attributes: Attributes,
  environment: AdmissionEnvironment,
): AdmissionSteps<Refusal | undefined> {
  for (const plugin of PLUGINS) {
    const refusal = plugin.validateInTurns
      ? yield* plugin.validateInTurns(attributes, environment)
      : plugin.validate?.(attributes, environment);
    if (refusal) return refusal;
  }
  return undefined;
}
