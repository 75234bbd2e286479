/**
 * The rules of `x-kubernetes-validations` themselves: whether they are written as they should be, can be compiled, and cost no more than is allowed.
 */

import { type FieldError, type FieldPath, invalidValue, notSupported, required } from '../../base/field.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { goValue } from '../common/go-values.ts';
import { findField } from '../custom/field-path.ts';
import type { CompiledRule, RuleTree } from '../custom/rules.ts';
import type { JSONSchemaProps, ValidationRule } from '../types.generated.ts';
import type { Cardinality, RuleCosts } from './rule-costs.ts';

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const RULES = 'x-kubernetes-validations';

/** What can be said of rules without compiling them. */
export function checkRuleTexts(errors: FieldError[], schema: JSONSchemaProps, at: FieldPath): void {
  for (const [index, rule] of (schema[RULES] ?? []).entries()) {
    const own = at.child(RULES).index(index);
    checkText(errors, rule, own);
    checkRest(errors, rule, schema, own);
  }
}

const hasLineBreaks = (text: string): boolean => /[\n\r]/.test(text);

/** The first of these only. */
function checkText(errors: FieldError[], { rule = '', message = '' }: Partial<ValidationRule>, at: FieldPath): void {
  const told = message.trim();
  if (rule.trim() === '') errors.push(required(at.child('rule'), 'rule is not specified'));
  else if (message !== '' && told === '')
    errors.push(invalidValue(at.child('message'), message, 'message must be non-empty if specified'));
  else if (hasLineBreaks(told))
    errors.push(invalidValue(at.child('message'), message, 'message must not contain line breaks'));
  else if (hasLineBreaks(rule.trim()) && told === '')
    errors.push(required(at.child('message'), 'message must be specified if rule contains line breaks'));
}

function checkRest(
  errors: FieldError[],
  { messageExpression = '', reason, fieldPath = '' }: ValidationRule,
  schema: JSONSchemaProps,
  at: FieldPath,
): void {
  if (messageExpression !== '' && messageExpression.trim() === '')
    errors.push(required(at.child('messageExpression'), 'messageExpression must be non-empty if specified'));
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(at.child('reason'), reason, REASONS));
  if (fieldPath === '') return;
  const pathAt = at.child('fieldPath');
  if (fieldPath.trim() === '') errors.push(invalidValue(pathAt, fieldPath, 'fieldPath must be non-empty if specified'));
  if (hasLineBreaks(fieldPath)) errors.push(invalidValue(pathAt, fieldPath, 'fieldPath must not contain line breaks'));
  if ('problem' in findField(fieldPath, schema as SchemaNode, true))
    errors.push(invalidValue(pathAt, fieldPath, 'fieldPath must be a valid path'));
}

/**
 * Of the rules at one place of a schema in which nothing else is wrong. `uncorrelated`: the list or map above in which a value cannot be told to
 * be the one that stood there before.
 */
export function checkCompiled(
  errors: FieldError[],
  tree: RuleTree,
  costs: RuleCosts,
  { cardinality, uncorrelated, at }: { cardinality: Cardinality; uncorrelated: FieldPath | undefined; at: FieldPath },
): void {
  for (const [index, compiled] of tree.rules.entries()) {
    const own = at.child(RULES).index(index);
    const { program, messageProgram } = compiled;
    if (program) costs.observeRule(errors, program, tree.type, cardinality, own.child('rule'));
    checkCompilation(errors, compiled, own);
    if (messageProgram) costs.observeMessage(errors, messageProgram, tree.type, own.child('messageExpression'));
    checkOldSelf(errors, compiled, own, uncorrelated);
  }
}

function checkCompilation(errors: FieldError[], { rule, error, messageError }: CompiledRule, at: FieldPath): void {
  const written = goValue('apiextensions.ValidationRule', rule);
  if (error !== undefined) errors.push(invalidValue(at.child('rule'), written, error));
  if (messageError !== undefined) errors.push(invalidValue(at.child('messageExpression'), written, messageError));
}

function checkOldSelf(
  errors: FieldError[],
  { rule, usesOldSelf }: CompiledRule,
  at: FieldPath,
  uncorrelated: FieldPath | undefined,
): void {
  if (usesOldSelf && uncorrelated) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
    errors.push(invalidValue(at.child('rule'), rule.rule, why));
  }
  if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
    const why = 'may not be set if oldSelf is not used in rule';
    errors.push(invalidValue(at.child('optionalOldSelf'), rule.optionalOldSelf, why));
  }
}
