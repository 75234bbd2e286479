/**
 * The rules of a ValidatingAdmissionPolicy (`pkg/apis/admissionregistration/validation/validation.go`).
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  invalidValue,
  notSupported,
  path,
  required,
} from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../base/names.ts';
import type { Type } from '../../cel/types.ts';
import * as types from '../../cel/types.ts';
import { compileFor, type ExpressionVariables, expressionErrors } from '../common/admission/expressions.ts';
import { checkMatchConditions, checkMatchResources, FAILURE_POLICIES } from '../common/admission/rules.ts';
import { checkQualifiedName } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { genericMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import type {
  AuditAnnotation,
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
  Validation,
  Variable,
} from '../types.generated.ts';

const SPEC = path('spec');
const AUDIT_ANNOTATIONS_MAX = 20;
const VALUE_EXPRESSION_BYTES_MAX = 5 * 1024;
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
/** All expressions of one policy: compiling them holds the event loop. Upstream bounds the object's size only. */
const EXPRESSIONS_LENGTH_MAX = 100_000;
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function'],
  ...['if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
]);

export function validate(policy: Readonly<ValidatingAdmissionPolicy>): FieldError[] {
  return specErrors(policy, false);
}

export function validateUpdate(
  policy: Readonly<ValidatingAdmissionPolicy>,
  old: Readonly<ValidatingAdmissionPolicy>,
): FieldError[] {
  const errors = genericMetadataErrors(policy, subdomainName, false);
  if (deepEqual(policy.spec, old.spec)) return errors;
  const keepsConditions =
    deepEqual(policy.spec?.paramKind, old.spec?.paramKind) &&
    deepEqual(policy.spec?.matchConditions, old.spec?.matchConditions);
  return [...errors, ...specErrors(policy, keepsConditions)];
}

export function validateStatusUpdate(policy: Readonly<ValidatingAdmissionPolicy>): FieldError[] {
  const errors: FieldError[] = [];
  const at = path('status').child('typeChecking', 'expressionWarnings');
  policy.status?.typeChecking?.expressionWarnings?.forEach(({ fieldRef, warning }, index) => {
    if (!warning) errors.push(required(at.index(index).child('warning')));
    if (!fieldRef?.trim()) errors.push(required(at.index(index).child('fieldRef')));
  });
  return errors;
}

function specErrors(policy: Readonly<ValidatingAdmissionPolicy>, keepsConditions: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const spec = policy.spec ?? {};
  const { failurePolicy, paramKind, matchConstraints } = spec;
  if (failurePolicy === undefined) errors.push(required(SPEC.child('failurePolicy')));
  else if (!FAILURE_POLICIES.includes(failurePolicy)) {
    errors.push(notSupported(SPEC.child('failurePolicy'), failurePolicy, FAILURE_POLICIES));
  }
  if (paramKind) checkParamKind(errors, paramKind, SPEC.child('paramKind'));
  if (!matchConstraints) errors.push(required(SPEC.child('matchConstraints')));
  else {
    checkMatchResources(errors, matchConstraints, SPEC.child('matchConstraints'));
    if (!matchConstraints.resourceRules?.length) {
      errors.push(required(SPEC.child('matchConstraints', 'resourceRules')));
    }
  }
  if (expressionsLength(spec) > EXPRESSIONS_LENGTH_MAX) {
    const detail = `the expressions of a policy must not have more than ${EXPRESSIONS_LENGTH_MAX} characters together`;
    return [...errors, invalidValue(SPEC, undefined, detail)];
  }
  const variables = { hasParams: paramKind !== undefined, hasAuthorizer: true };
  if (!keepsConditions) {
    checkMatchConditions(errors, spec.matchConditions, variables, SPEC.child('matchConditions'));
  }
  checkExpressions(errors, policy.metadata?.name ?? '', spec, variables);
  return errors;
}

function expressionsLength(spec: ValidatingAdmissionPolicySpec): number {
  const texts = [
    ...(spec.matchConditions ?? []).map(({ expression }) => expression),
    ...(spec.variables ?? []).map(({ expression }) => expression),
    ...(spec.validations ?? []).flatMap(({ expression, messageExpression }) => [expression, messageExpression]),
    ...(spec.auditAnnotations ?? []).map(({ valueExpression }) => valueExpression),
  ];
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
}

function checkExpressions(
  errors: FieldError[],
  name: string,
  spec: ValidatingAdmissionPolicySpec,
  base: ExpressionVariables,
): void {
  const composed = new Map<string, Type>();
  // Without variables of its own a policy has no `variables`.
  const variables = spec.variables?.length ? { ...base, composed } : base;
  spec.variables?.forEach((variable, index) => {
    checkVariable(errors, variable, { ...variables, composed }, SPEC.child('variables').index(index));
  });
  if (!spec.validations?.length && !spec.auditAnnotations?.length) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    errors.push(required(SPEC.child('validations'), detail), required(SPEC.child('auditAnnotations'), detail));
    return;
  }
  spec.validations?.forEach((validation, index) => {
    checkValidation(errors, validation, variables, SPEC.child('validations').index(index));
  });
  const { auditAnnotations = [] } = spec;
  const at = SPEC.child('auditAnnotations');
  if (auditAnnotations.length > AUDIT_ANNOTATIONS_MAX) {
    const detail = `must not have more than ${AUDIT_ANNOTATIONS_MAX} auditAnnotations`;
    errors.push(invalidValue(at, goValue('[]admissionregistration.AuditAnnotation', auditAnnotations), detail));
  }
  const keys = new Set<string>();
  auditAnnotations.forEach((annotation, index) => {
    checkAuditAnnotation(errors, name, annotation, variables, at.index(index));
    if (keys.has(annotation.key)) errors.push(duplicate(at.index(index).child('key'), annotation.key));
    keys.add(annotation.key);
  });
}

function checkParamKind(errors: FieldError[], { apiVersion = '', kind = '' }: ParamKind, at: FieldPath): void {
  if (apiVersion === '') errors.push(required(at.child('apiVersion')));
  else checkApiVersion(errors, apiVersion, at.child('apiVersion'));
  if (kind === '') return void errors.push(required(at.child('kind')));
  const problems = dns1035LabelProblems(kind.toLowerCase());
  if (problems.length > 0) {
    const detail = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
    errors.push(invalidValue(at.child('kind'), kind, detail));
  }
}

function checkApiVersion(errors: FieldError[], apiVersion: string, at: FieldPath): void {
  const parts = apiVersion === '/' ? ['', ''] : apiVersion.split('/');
  if (parts.length > 2) {
    return void errors.push(invalidValue(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  }
  const [group, version] = parts.length === 2 ? (parts as [string, string]) : ['', parts[0]!];
  if (group !== '') {
    const problems = dns1123SubdomainProblems(group);
    if (problems.length > 0) errors.push(invalidValue(at, group, problems.join(',')));
  }
  if (version === '') return void errors.push(invalidValue(at, apiVersion, 'version must be specified'));
  const problems = dns1035LabelProblems(version);
  if (problems.length > 0) errors.push(invalidValue(at, version, problems.join(',')));
}

/** What it gives is known to those that come after it. */
function checkVariable(
  errors: FieldError[],
  { name = '', expression = '' }: Variable,
  variables: ExpressionVariables & { composed: Map<string, Type> },
  at: FieldPath,
): void {
  if (name.trim() === '') errors.push(required(at.child('name'), 'name is not specified'));
  else if (!IDENTIFIER.test(name) || RESERVED.has(name)) {
    errors.push(invalidValue(at.child('name'), name, 'name is not a valid CEL identifier'));
  }
  if (expression.trim() === '') {
    return void errors.push(required(at.child('expression'), 'expression is not specified'));
  }
  const compiled = compileFor(expression, variables, []);
  if ('problem' in compiled) errors.push(invalidValue(at.child('expression'), expression, compiled.problem));
  variables.composed.set(name, 'problem' in compiled ? types.DYN : compiled.program.type);
}

function checkValidation(
  errors: FieldError[],
  { expression = '', message = '', messageExpression = '', reason }: Validation,
  variables: ExpressionVariables,
  at: FieldPath,
): void {
  if (expression.trim() === '') errors.push(required(at.child('expression'), 'expression is not specified'));
  else errors.push(...expressionErrors(expression, variables, ['bool'], at.child('expression')));
  const place = at.child('messageExpression');
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.push(invalidValue(place, messageExpression, 'must be non-empty if specified'));
  } else if (messageExpression !== '') {
    errors.push(...expressionErrors(messageExpression, { ...variables, hasAuthorizer: false }, ['string'], place));
  }
  if (message !== '' && message.trim() === '') {
    errors.push(invalidValue(at.child('message'), message, 'message must be non-empty if specified'));
  } else if (/[\n\r]/.test(message.trim())) {
    errors.push(invalidValue(at.child('message'), message, 'message must not contain line breaks'));
  }
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(at.child('reason'), reason, REASONS));
}

function checkAuditAnnotation(
  errors: FieldError[],
  policy: string,
  { key = '', valueExpression = '' }: AuditAnnotation,
  variables: ExpressionVariables,
  at: FieldPath,
): void {
  if (policy === '') errors.push(invalidValue(at.child('key'), key, 'requires metadata.name be non-empty'));
  else checkQualifiedName(errors, at.child('key'), `${policy}/${key}`);
  const place = at.child('valueExpression');
  const trimmed = valueExpression.trim();
  if (trimmed === '') errors.push(required(place, 'valueExpression is not specified'));
  else if (Buffer.byteLength(trimmed) > VALUE_EXPRESSION_BYTES_MAX) {
    errors.push(required(place, `must not exceed ${VALUE_EXPRESSION_BYTES_MAX} bytes in length`));
  } else errors.push(...expressionErrors(trimmed, variables, ['string', 'null'], place));
}
