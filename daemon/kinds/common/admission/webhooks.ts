/**
 * What validating and mutating webhooks have in common: defaults and rules (`pkg/apis/admissionregistration`, `apiserver/pkg/util/webhook`).
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  invalidValue,
  notSupported,
  path,
  required,
} from '../../../base/field.ts';
import { goQuote } from '../../../base/go-quote.ts';
import { deepEqual } from '../../../base/json.ts';
import { dns1035LabelProblems, dns1123SubdomainProblems, portNumberProblems } from '../../../base/names.ts';
import type {
  MutatingWebhook,
  ServiceReference,
  ValidatingWebhook,
  WebhookClientConfig,
} from '../../types.generated.ts';
import { checkLabelSelector, checkProblems } from '../checks.ts';
import { urlProblem } from '../go-url.ts';
import { goValue } from '../go-values.ts';
import { checkMatchConditions, checkRule, FAILURE_POLICIES, MATCH_POLICIES, setRuleDefaults } from './rules.ts';

export type Webhook = ValidatingWebhook | MutatingWebhook;

const TIMEOUT_SECONDS_DEFAULT = 10;
const TIMEOUT_SECONDS_MAX = 30;
const SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const PORT_DEFAULT = 443;
/** All match conditions of a configuration: compiling them holds the event loop. Upstream bounds the object's size only. */
const EXPRESSIONS_LENGTH_MAX = 100_000;

/** In place. */
export function setWebhookDefaults(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= TIMEOUT_SECONDS_DEFAULT;
  setRuleDefaults(webhook.rules);
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= PORT_DEFAULT;
}

/** All webhooks of a configuration. `old`: match conditions that did not change are not compiled again. */
export function checkWebhooks(
  errors: FieldError[],
  webhooks: readonly Webhook[] | undefined,
  old: readonly Webhook[] | undefined,
): void {
  const seen = new Set<string>();
  const expressions = webhooks?.flatMap(({ matchConditions }) => matchConditions ?? []) ?? [];
  if (expressions.reduce((sum, { expression }) => sum + (expression?.length ?? 0), 0) > EXPRESSIONS_LENGTH_MAX) {
    const detail = `match conditions must not have more than ${EXPRESSIONS_LENGTH_MAX} characters together`;
    errors.push(invalidValue(path('webhooks'), undefined, detail));
    return;
  }
  webhooks?.forEach((webhook, index) => {
    const at = path('webhooks').index(index);
    checkWebhook(errors, webhook, old?.[index], at);
    checkReviewVersions(errors, webhook.admissionReviewVersions ?? [], at.child('admissionReviewVersions'));
    if (!webhook.name) return;
    if (seen.has(webhook.name)) errors.push(duplicate(at.child('name'), webhook.name));
    seen.add(webhook.name);
  });
}

function checkWebhook(errors: FieldError[], webhook: Webhook, old: Webhook | undefined, at: FieldPath): void {
  const { failurePolicy, matchPolicy, sideEffects, timeoutSeconds } = webhook;
  checkFullyQualifiedName(errors, webhook.name ?? '', at.child('name'));
  webhook.rules?.forEach((rule, index) => {
    checkRule(errors, rule, at.child('rules').index(index));
  });
  checkChoice(errors, failurePolicy, FAILURE_POLICIES, at.child('failurePolicy'));
  checkChoice(errors, matchPolicy, MATCH_POLICIES, at.child('matchPolicy'));
  if (sideEffects === undefined)
    errors.push(required(at.child('sideEffects'), `must specify one of ${SIDE_EFFECTS.join(', ')}`));
  checkChoice(errors, sideEffects, SIDE_EFFECTS, at.child('sideEffects'));
  if (timeoutSeconds !== undefined && (timeoutSeconds > TIMEOUT_SECONDS_MAX || timeoutSeconds < 1)) {
    const detail = `the timeout value must be between 1 and ${TIMEOUT_SECONDS_MAX} seconds`;
    errors.push(invalidValue(at.child('timeoutSeconds'), timeoutSeconds, detail));
  }
  checkLabelSelector(errors, webhook.namespaceSelector, at.child('namespaceSelector'));
  checkLabelSelector(errors, webhook.objectSelector, at.child('objectSelector'));
  if ('reinvocationPolicy' in webhook) {
    checkChoice(errors, webhook.reinvocationPolicy, ['IfNeeded', 'Never'], at.child('reinvocationPolicy'));
  }
  checkClientConfig(errors, webhook.clientConfig ?? {}, at.child('clientConfig'));
  if (old && deepEqual(old.matchConditions, webhook.matchConditions)) return;
  const variables = { hasParams: false, hasAuthorizer: true };
  checkMatchConditions(errors, webhook.matchConditions, variables, at.child('matchConditions'));
}

function checkChoice(errors: FieldError[], value: string | undefined, choices: readonly string[], at: FieldPath): void {
  if (value !== undefined && !choices.includes(value)) errors.push(notSupported(at, value, choices));
}

function checkFullyQualifiedName(errors: FieldError[], name: string, at: FieldPath): void {
  if (name === '') return void errors.push(required(at));
  const problems = dns1123SubdomainProblems(name);
  if (problems.length > 0) return void errors.push(invalidValue(at, name, problems.join(',')));
  if (name.split('.').length < 3) {
    errors.push(invalidValue(at, name, 'should be a domain with at least three segments separated by dots'));
  }
}

function checkReviewVersions(errors: FieldError[], versions: readonly string[], at: FieldPath): void {
  if (versions.length === 0) return void errors.push(required(at, `must specify one of ${REVIEW_VERSIONS.join(', ')}`));
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    if (seen.has(version)) {
      errors.push(invalidValue(at.index(index), version, 'duplicate version'));
      continue;
    }
    seen.add(version);
    checkProblems(errors, at.index(index), version, dns1035LabelProblems(version));
  }
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(
      invalidValue(at, goValue('[]string', versions), `must include at least one of ${REVIEW_VERSIONS.join(', ')}`),
    );
  }
}

/** Of webhooks of admission and of conversion (`apiserver/pkg/util/webhook`). */
export function checkClientConfig(errors: FieldError[], { url, service }: WebhookClientConfig, at: FieldPath): void {
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(at, 'exactly one of url or service is required'));
  } else if (url !== undefined) checkUrl(errors, url, at.child('url'));
  else checkService(errors, service!, at.child('service'));
}

const URL_FORM = '; desired format: https://host[/path]';

function checkUrl(errors: FieldError[], text: string, at: FieldPath): void {
  const [, scheme = '', authority = '', query, fragment] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/.exec(text) ?? [];
  const problem = urlProblem(text);
  if (problem) {
    const why = `parse ${goQuote(text)}: ${problem}`;
    return void errors.push(required(at, `url must be a valid URL: ${why}${URL_FORM}`));
  }
  if (scheme.toLowerCase() !== 'https') {
    errors.push(invalidValue(at, scheme.toLowerCase(), `'https' is the only allowed URL scheme${URL_FORM}`));
  }
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (host === '') errors.push(invalidValue(at, host, `host must be provided${URL_FORM}`));
  if (authority.includes('@')) {
    const user = authority.slice(0, authority.lastIndexOf('@'));
    errors.push(invalidValue(at, user, 'user information is not permitted in the URL'));
  }
  if (fragment) errors.push(invalidValue(at, fragment, 'fragments are not permitted in the URL'));
  if (query) errors.push(invalidValue(at, query, 'query parameters are not permitted in the URL'));
}

/** Upstream hands name and namespace over in the wrong order, so each is missed under the other's name. */
function checkService(errors: FieldError[], service: ServiceReference, at: FieldPath): void {
  const { name, namespace, port = 0, path: text } = service;
  if (!namespace) errors.push(required(at.child('name'), 'service name is required'));
  if (!name) errors.push(required(at.child('namespace'), 'service namespace is required'));
  const problems = portNumberProblems(port);
  if (problems.length > 0)
    errors.push(invalidValue(at.child('port'), port, `port is not valid: ${problems.join(', ')}`));
  if (text) checkPath(errors, text, at.child('path'));
}

function checkPath(errors: FieldError[], text: string, at: FieldPath): void {
  if (text === '/') return;
  if (text === '//') return void errors.push(invalidValue(at, text, 'segment[0] may not be empty'));
  if (!text.startsWith('/')) errors.push(invalidValue(at, text, "must start with a '/'"));
  const steps = text.slice(1).replace(/\/$/, '').split('/');
  for (const [index, step] of steps.entries()) {
    const segment = `segment[${index}]`;
    if (step === '') errors.push(invalidValue(at, text, `${segment} may not be empty`));
    else
      for (const problem of dns1123SubdomainProblems(step))
        errors.push(invalidValue(at, text, `${segment}: ${problem}`));
  }
}
