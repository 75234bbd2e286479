/**
 * The webhooks that want to see a request, in the order in which they are asked: by configuration, then as they stand in it. Pure.
 */

import type { Turn } from '../../cel/budget.ts';
import type { Webhook } from '../../kinds/common/admission/webhooks.ts';
import type { Kind } from '../../kinds/kind.ts';
import { MUTATING_WEBHOOK_CONFIGURATIONS, VALIDATING_WEBHOOK_CONFIGURATIONS } from '../../kinds/resources.ts';
import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../../kinds/types.generated.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import { createActivation } from '../matching/activation.ts';
import { type CompiledCondition, compileConditions, evaluateConditions } from '../matching/conditions.ts';
import { matchesNamespace, matchesObject, matchRules } from '../matching/match.ts';
import { type Attributes, type Refusal, refuse } from '../plugin.ts';

export interface Invocation {
  readonly configuration: string;
  readonly webhook: Webhook;
  /** The kind as which the request matched. */
  readonly as: Kind;
}

const RESOURCES = { mutating: MUTATING_WEBHOOK_CONFIGURATIONS, validating: VALIDATING_WEBHOOK_CONFIGURATIONS };
const EXEMPT_GROUP = VALIDATING_WEBHOOK_CONFIGURATIONS.group;

type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration;

/** All that are configured. Webhooks never see what configures them: nobody could lock everybody out. */
export function configuredWebhooks(
  type: keyof typeof RESOURCES,
  { kind }: Attributes,
  { cluster }: AdmissionEnvironment,
): readonly Configuration[] {
  return kind.resource.group === EXEMPT_GROUP ? [] : (cluster.list(RESOURCES[type]) as readonly Configuration[]);
}

/** Whether this webhook wants to see the request; a refusal when that cannot be told and it must not be ignored. */
export function invocationOf(
  configuration: Configuration,
  webhook: Webhook,
  attributes: Attributes,
  environment: AdmissionEnvironment,
  turn: Turn,
): Invocation | Refusal | undefined {
  const { registry, cluster } = environment;
  const { rules = [], matchPolicy } = webhook;
  const inNamespace = matchesNamespace(webhook.namespaceSelector, attributes, cluster);
  if (inNamespace === false || !matchesObject(webhook.objectSelector, attributes)) return undefined;
  const as = matchRules({ rules, matchPolicy }, attributes, registry);
  if (!as) return undefined;
  if (inNamespace !== true) return { error: inNamespace, fieldPath: '' };
  const conditions = compiledConditions(webhook);
  if (conditions.length > 0) {
    const holds = evaluateConditions(conditions, createActivation({ attributes, environment, as }), turn);
    if (holds === false || (holds !== true && webhook.failurePolicy === 'Ignore')) return undefined;
    if (holds !== true) return refuse(attributes, '', holds.error);
  }
  return { configuration: configuration.metadata?.name ?? '', webhook, as };
}

const compiled = new WeakMap<Webhook, readonly CompiledCondition[]>();

function compiledConditions(webhook: Webhook): readonly CompiledCondition[] {
  const known = compiled.get(webhook);
  if (known) return known;
  const made = compileConditions(webhook.matchConditions, { hasParams: false, hasAuthorizer: true });
  compiled.set(webhook, made);
  return made;
}
