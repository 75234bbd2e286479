/**
 * `x-kubernetes-validations`: rules in CEL at the places of a schema (`apiextensions-apiserver/pkg/apiserver/schema/cel`). Compiled once for a
 * definition; what evaluating them may cost for one object is bounded as upstream bounds it.
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  formatFieldError,
  invalidValue,
  path,
  required,
} from '../../base/field.ts';
import { goQuote } from '../../base/go-quote.ts';
import { isObject } from '../../base/json.ts';
import { Budget, Turn } from '../../cel/budget.ts';
import { compile, type Outcome, type Program } from '../../cel/compile.ts';
import { createEnvironment, type Environment } from '../../cel/environment.ts';
import type { Activation } from '../../cel/evaluate.ts';
import { escapeName, fromJson } from '../../cel/json.ts';
import { typeOfSchema } from '../../cel/schema-type.ts';
import { BOOL, isDynOrError, optionalOf, STRING, type Type } from '../../cel/types.ts';
import { NONE, Optional, type Value } from '../../cel/values.ts';
import type { SchemaNode } from '../../schema/node.ts';
import type { JSONSchemaProps, ValidationRule } from '../types.generated.ts';
import { Correlation } from './correlation.ts';
import { findField } from './field-path.ts';

const MESSAGE_BYTES_MAX = 5 * 1024;

export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program?: Program;
  /** What is wrong with the rule. */
  readonly error?: string;
  readonly messageProgram?: Program;
  readonly messageError?: string;
  readonly usesOldSelf: boolean;
  /** `fieldPath` as errors name it, below the place of the rule. */
  readonly fieldPath?: string;
}

/** The rules at and below one place of a schema. */
export interface RuleTree {
  readonly schema: SchemaNode;
  readonly type: Type;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleTree>;
  readonly rest?: RuleTree | undefined;
  readonly items?: RuleTree | undefined;
}

const rulesOf = (schema: SchemaNode): readonly ValidationRule[] =>
  (schema as JSONSchemaProps)['x-kubernetes-validations'] ?? [];

/** Undefined when there are no rules at or below it. `known`: its type, where the type above it says it. */
export function compileRules(schema: SchemaNode, isRoot: boolean, known?: Type): RuleTree | undefined {
  const own = rulesOf(schema);
  // Types are made once, where the first rules stand: those below are part of them.
  const type = known ?? (own.length > 0 ? typeOfSchema(schema, { isResourceRoot: isRoot }) : undefined);
  const below = (inner: SchemaNode | boolean | undefined, innerType: Type | undefined): RuleTree | undefined =>
    typeof inner === 'object'
      ? compileRules(inner, inner['x-kubernetes-embedded-resource'] === true, innerType)
      : undefined;
  const properties = new Map<string, RuleTree>();
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const escaped = type?.kind === 'object' ? escapeName(name) : undefined;
    const fieldType = type?.kind === 'object' && escaped !== undefined ? type.fields.get(escaped)?.type : undefined;
    const tree = below(inner, fieldType);
    if (tree) properties.set(name, tree);
  }
  const rest = below(schema.additionalProperties, type?.kind === 'map' ? type.value : undefined);
  const items = below(schema.items, type?.kind === 'list' ? type.element : undefined);
  if (own.length === 0 && properties.size === 0 && !rest && !items) return undefined;
  const self = type ?? { kind: 'dyn' as const };
  return { schema, type: self, rules: own.map((rule) => compileRule(rule, self, schema)), properties, rest, items };
}

const namesOldSelf = ({ checked }: Program): boolean =>
  [...checked.references.values()].some((one) => one.kind === 'variable' && one.name === 'oldSelf');

/** What is only known when it runs counts. */
const gives = ({ type }: Program, wanted: Type): boolean => isDynOrError(type) || type.kind === wanted.kind;

function compileRule(rule: ValidationRule, self: Type, schema: SchemaNode): CompiledRule {
  const oldSelf = rule.optionalOldSelf ? optionalOf(self) : self;
  const environment = createEnvironment({ self, oldSelf });
  const compiled = compile(rule.rule, environment);
  const usesOldSelf = 'program' in compiled && namesOldSelf(compiled.program);
  if (!('program' in compiled)) return { rule, error: `compilation failed: ${compiled.message}`, usesOldSelf };
  if (!gives(compiled.program, BOOL)) return { rule, error: 'cel expression must evaluate to a bool', usesOldSelf };
  const field = rule.fieldPath ? findField(rule.fieldPath, schema, true) : undefined;
  const fieldPath = field && 'text' in field ? { fieldPath: field.text } : {};
  return { rule, program: compiled.program, usesOldSelf, ...fieldPath, ...compileMessage(rule, environment) };
}

function compileMessage(
  { messageExpression }: ValidationRule,
  environment: Environment,
): Pick<CompiledRule, 'messageProgram' | 'messageError'> {
  if (!messageExpression) return {};
  const message = compile(messageExpression, environment);
  if (!('program' in message)) return { messageError: `messageExpression compilation failed: ${message.message}` };
  if (!gives(message.program, STRING)) return { messageError: 'messageExpression must evaluate to a string' };
  return { messageProgram: message.program };
}

interface Evaluation {
  readonly errors: FieldError[];
  readonly budget: Budget;
  readonly turn: Turn;
  readonly warn: ((text: string) => void) | undefined;
  /** The budget is spent: nothing else is evaluated. */
  isOver: boolean;
}

/** `old`: as it stood, for rules about changes; undefined for a new object. Others go on where it pauses. `costMax`: of all together. */
export function* evaluateRules(
  tree: RuleTree,
  value: unknown,
  old: unknown,
  warn?: (text: string) => void,
  costMax?: number,
): Generator<void, FieldError[]> {
  const turn = new Turn();
  const budget = new Budget({ turn, ...(costMax === undefined ? {} : { costMax }) });
  const run: Evaluation = { errors: [], budget, turn, warn, isOver: false };
  const before = old === undefined ? undefined : new Correlation(tree.schema, value, old);
  yield* evaluate(run, { tree, value, old, before, at: path(), isKept: false });
  return run.errors;
}

interface Place {
  readonly tree: RuleTree;
  readonly value: unknown;
  readonly old: unknown;
  /** Undefined where it cannot be told what stood there. */
  readonly before: Correlation | undefined;
  readonly at: FieldPath;
  /** Nothing changed around it. */
  readonly isKept: boolean;
}

function* evaluate(run: Evaluation, { tree, value, old, before, at, isKept }: Place): Generator<void> {
  if (run.isOver || value === null || value === undefined) return;
  // Of what did not change, only rules about changes are told.
  const isSame = before ? before.isSame : isKept;
  const place = { tree, value, old: old ?? undefined, before, at, isKept: isSame };
  if (tree.rules.length > 0) yield* evaluateOwn(run, place);
  for (const below of placesBelow(place)) yield* evaluate(run, below);
}

function* placesBelow({ tree, value, old, before, at, isKept }: Place): Generator<Place> {
  const { items, rest } = tree;
  if (Array.isArray(value) && items) {
    const oldOf = correlate(tree.schema, old);
    for (const [index, item] of value.entries())
      yield { tree: items, value: item, old: oldOf(item), before: before?.item(index), at: at.index(index), isKept };
  }
  if (!isObject(value)) return;
  const correlated = isObject(old) ? old : {};
  for (const [name, member] of Object.entries(value)) {
    const own = tree.properties.get(name);
    const place = {
      value: member,
      old: Object.hasOwn(correlated, name) ? correlated[name] : undefined,
      before: before?.member(name),
      isKept,
    };
    if (own) yield { ...place, tree: own, at: at.child(name) };
    else if (rest && !Object.hasOwn(tree.schema.properties ?? {}, name))
      yield { ...place, tree: rest, at: at.key(name) };
  }
}

function correlate(schema: SchemaNode, old: unknown): (item: unknown) => unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return () => undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const keyOf = (item: unknown) => JSON.stringify(keys.map((key) => (isObject(item) ? (item[key] ?? null) : null)));
  const byKey = new Map(old.map((item) => [keyOf(item), item]));
  return (item) => byKey.get(keyOf(item));
}

/** `isKept`: the value is as it was. */
function* evaluateOwn(run: Evaluation, { tree, value, old, at, isKept }: Place): Generator<void> {
  const self = fromJson(value, tree.type);
  const before = old === undefined ? undefined : fromJson(old, tree.type);
  for (const compiled of tree.rules) {
    if (run.isOver) return;
    if (run.turn.isOver) {
      yield;
      run.turn.begin();
    }
    const { rule, program, error, usesOldSelf } = compiled;
    if (error !== undefined || !program) {
      run.errors.push(invalidValue(at, shownType(tree), `rule compile error: ${error}`));
      continue;
    }
    if (usesOldSelf && before === undefined && !rule.optionalOldSelf) continue;
    const oldSelf = rule.optionalOldSelf ? (before === undefined ? NONE : new Optional(before)) : before;
    const activation = (name: string): Value | undefined =>
      name === 'self' ? self : name === 'oldSelf' ? oldSelf : undefined;
    const outcome = program.evaluate(activation, run.budget);
    const broken = breakageOf(run, tree, rule, outcome, at);
    if (broken) run.errors.push(atRoot(broken));
    if (broken || !('value' in outcome) || outcome.value === true) continue;
    const failure = failureOf(run, tree, compiled, activation, at);
    if (usesOldSelf || !isKept) run.errors.push(atRoot(failure));
    else run.warn?.(formatFieldError(atRoot(failure)));
  }
}

/** As Go prints a path that is none. */
const atRoot = (error: FieldError): FieldError => (error.field === '' ? { ...error, field: '<nil>' } : error);

const shownType = ({ schema }: RuleTree): string => schema.type ?? '';

/** What kept the rule from being told true or false. */
function breakageOf(
  run: Evaluation,
  tree: RuleTree,
  rule: ValidationRule,
  outcome: Outcome,
  at: FieldPath,
): FieldError | undefined {
  const value = shownType(tree);
  if (run.budget.remaining < 0) {
    run.isOver = true;
    const why = 'validation failed due to running out of cost budget, no further validation rules will be run';
    return invalidValue(at, value, why);
  }
  if (!('error' in outcome)) return undefined;
  if (outcome.isBudget) {
    run.isOver = true;
    const why = `'${outcome.error}': no further validation rules will be run due to call cost exceeds limit for rule: ${shownRule(rule)}`;
    return invalidValue(at, value, why);
  }
  const why = outcome.error.startsWith('no such overload')
    ? `'${outcome.error}': call arguments did not match a supported operator, function or macro signature for rule: ${shownRule(rule)}`
    : `${outcome.error} evaluating rule: ${shownRule(rule)}`;
  return invalidValue(at, value, why);
}

/** Of a rule that is false. */
function failureOf(
  run: Evaluation,
  tree: RuleTree,
  { rule, fieldPath, messageProgram }: CompiledRule,
  activation: Activation,
  at: FieldPath,
): FieldError {
  const value = shownType(tree);
  const place = fieldPath === undefined ? at : at.child(fieldPath);
  const fallback = rule.message ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`;
  const outcome = messageProgram?.evaluate(activation, run.budget);
  const spent = outcome && spentOn(outcome, run.budget, rule);
  if (spent !== undefined) {
    run.isOver = true;
    return invalidValue(place, value, spent);
  }
  return errorFor(place, value, (outcome && messageOf(outcome)) ?? fallback, rule.reason);
}

/** A message may cost too much, too. */
function spentOn(outcome: Outcome, budget: Budget, { messageExpression }: ValidationRule): string | undefined {
  if (budget.remaining < 0)
    return 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run';
  if (!('error' in outcome) || !outcome.isBudget) return undefined;
  return `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${goQuote(messageExpression ?? '')}`;
}

function messageOf(outcome: Outcome): string | undefined {
  const text = 'value' in outcome && typeof outcome.value === 'string' ? outcome.value.trim() : '';
  const isUsable = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= MESSAGE_BYTES_MAX;
  return isUsable ? text : undefined;
}

const shownRule = ({ rule, message }: ValidationRule): string => (message || rule).trim();

function errorFor(at: FieldPath, value: unknown, detail: string, reason: string | undefined): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(at, detail);
    case 'FieldValueRequired':
      return required(at, detail);
    case 'FieldValueDuplicate':
      return duplicate(at, value);
    default:
      return invalidValue(at, value, detail);
  }
}
