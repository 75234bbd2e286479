/**
 * Whether a value is as its schema says, told as the API server tells it (`kube-openapi/pkg/validation/validate`, `apiserver/validation`). Pure.
 * Types and values only: lists' keys, objects within objects and rules are judged by the files beside this one.
 *
 * With the value that stood there before, what did not change is not told again (CRDValidationRatcheting): a schema that became stricter does not
 * refuse writes to other fields.
 */

import {
  type FieldError,
  type FieldPath,
  invalidValue,
  notSupported,
  path,
  required,
  tooLong,
  tooMany,
} from '../../base/field.ts';
import { deepEqual, isObject } from '../../base/json.ts';
import { memberSchema, type SchemaNode } from '../../schema/node.ts';
import { Correlation } from './correlation.ts';
import { hasFormat } from './formats.ts';
import { type Matches, matches } from './match-ahead.ts';

/** Where upstream tells of no field. */
export const NO_FIELD = '<nil>';

/** What is told of one object; a value of ten thousand wrong items has as many errors. */
const ERRORS_MAX = 200;

/** `old`: undefined where nothing stood, or nothing that can be told to be the same one. */
export function validateValue(
  schema: SchemaNode,
  value: unknown,
  old: unknown,
  at: FieldPath = path(),
  isMatching: Matches = matches,
): FieldError[] {
  const errors: FieldError[] = [];
  const correlation = old === undefined ? undefined : new Correlation(schema, value, old);
  check({ errors, isMatching }, schema, value, correlation, at);
  return errors.slice(0, ERRORS_MAX);
}

interface Search {
  readonly errors: FieldError[];
  readonly isMatching: Matches;
}

const typeInvalid = (at: FieldPath, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueTypeInvalid',
  field: at.toString(),
  value,
  detail,
});

/** What stood there before; undefined where that cannot be told. */
type Before = Correlation | undefined;

function check(search: Search, schema: SchemaNode, value: unknown, before: Before, at: FieldPath): void {
  if (search.errors.length >= ERRORS_MAX) return;
  // Nothing changed: what is wrong was wrong before.
  if (!before?.isSame) checkHere(search, schema, value, before, at);
}

function checkHere(search: Search, schema: SchemaNode, value: unknown, before: Before, at: FieldPath): void {
  const { errors } = search;
  checkType(errors, schema, value, at);
  // A value of the wrong type is judged by what its own type is judged by: all that is said of it is told at once.
  if (value !== null) {
    checkCombined(search, schema, value, before, at);
    if (typeof value === 'string') checkText(search, schema, value, at);
    if (typeof value === 'number') checkNumber(errors, schema, value, at);
    if (Array.isArray(value)) checkList(search, schema, value, before, at);
  }
  checkEnum(errors, schema, value, at);
  if (isObject(value)) checkMembers(search, schema, value, before, at);
}

interface Actual {
  readonly type: string;
  /** The format of the value itself, as Go holds it. */
  readonly format: string;
}

function actualOf(value: unknown): Actual {
  if (value === null) return { type: 'null', format: '' };
  if (Array.isArray(value)) return { type: 'array', format: '' };
  if (typeof value !== 'number') return { type: typeof value, format: '' };
  const isInteger = Number.isInteger(value) && Math.abs(value) < 2 ** 63;
  return isInteger ? { type: 'integer', format: 'int64' } : { type: 'number', format: 'float64' };
}

function checkType(errors: FieldError[], schema: SchemaNode, value: unknown, at: FieldPath): void {
  const types = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  const { type, format } = actualOf(value);
  const refuse = (wanted: string, actual: string): number =>
    errors.push(typeInvalid(at, actual, `${at} in body must be of type ${wanted}: ${JSON.stringify(actual)}`));
  if (type === 'null') {
    if (types.length > 0 && !schema.nullable) refuse(types.join(','), type);
    return;
  }
  const fits = types.includes(type) || (type === 'integer' && types.includes('number'));
  const isTextual = type === 'string' || type === 'array';
  if (schema.format && !isTextual && !fits && schema.format !== format) refuse(schema.format, format);
  // Upstream leaves texts and lists with a format to the format's own check, unless a number is wanted.
  else if (schema.format && isTextual && !types.includes('number') && !types.includes('integer')) return;
  else if (types.length > 0 && !fits) refuse(types.join(','), type);
}

/** Like upstream, only the first of them is told. */
function checkText({ errors, isMatching }: Search, schema: SchemaNode, value: string, at: FieldPath): void {
  const length = [...value].length;
  if (schema.maxLength !== undefined && length > schema.maxLength) errors.push(tooLong(at, value, schema.maxLength));
  else if (schema.minLength !== undefined && length < schema.minLength)
    errors.push(invalidValue(at, value, `${at} in body should be at least ${schema.minLength} chars long`));
  else if (schema.pattern && !isMatching(value, schema.pattern))
    errors.push(invalidValue(at, value, `${at} in body should match '${schema.pattern}'`));
  if (schema.format !== undefined && !hasFormat(value, schema.format))
    errors.push(typeInvalid(at, value, `${at} in body must be of type ${schema.format}: ${JSON.stringify(value)}`));
}

function checkNumber(errors: FieldError[], schema: SchemaNode, value: number, at: FieldPath): void {
  checkRange(errors, schema, value, at);
  const { maximum, exclusiveMaximum, minimum, exclusiveMinimum, multipleOf } = schema;
  const told = (what: string): number => errors.push(invalidValue(at, value, `${at} in body should be ${what}`));
  if (multipleOf !== undefined && multipleOf > 0 && !Number.isInteger(value / multipleOf))
    told(`a multiple of ${multipleOf}`);
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    told(exclusiveMinimum ? `greater than ${minimum}` : `greater than or equal to ${minimum}`);
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    told(exclusiveMaximum ? `less than ${maximum}` : `less than or equal to ${maximum}`);
}

const FLOAT32_MAX = 3.402_823_466_385_288_6e38;

/** Whether a number can be held in its type; upstream tells that of no field. */
function checkRange(errors: FieldError[], { type, format = '' }: SchemaNode, value: number, at: FieldPath): void {
  const limit = format === 'int32' ? 2 ** 31 : 2 ** 63;
  const isHeld =
    type === 'integer'
      ? Number.isInteger(value) && value < limit && value >= -limit
      : !(type === 'number' && format === 'float') || Math.abs(value) <= FLOAT32_MAX;
  if (isHeld) return;
  const shown = type === 'integer' && !format ? '(default format)' : `with format ${format}`;
  errors.push(invalidValue(path(NO_FIELD), '', `Checked value must be of type ${type} ${shown} in ${at}`));
}

function checkEnum(errors: FieldError[], schema: SchemaNode, value: unknown, at: FieldPath): void {
  if (!schema.enum) return;
  const known = choicesOf(schema.enum);
  const isSimple = typeof value !== 'object' || value === null;
  if (isSimple ? known.simple.has(value) : known.others.some((one) => deepEqual(one, value))) return;
  errors.push({ ...known.refusal, field: at.toString(), value });
}

interface Choices {
  readonly simple: ReadonlySet<unknown>;
  readonly others: readonly unknown[];
  /** Of any value, anywhere: a list of thousands is written once. */
  readonly refusal: FieldError;
}

const choices = new WeakMap<readonly unknown[], Choices>();

function choicesOf(all: readonly unknown[]): Choices {
  const known = choices.get(all);
  if (known) return known;
  const texts = all.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  const others = all.filter((one) => typeof one === 'object' && one !== null);
  const made = { simple: new Set(all), others, refusal: notSupported(path(), undefined, texts) };
  choices.set(all, made);
  return made;
}

function checkList(search: Search, schema: SchemaNode, value: readonly unknown[], before: Before, at: FieldPath): void {
  const { maxItems, minItems, items } = schema;
  const { errors } = search;
  if (items)
    for (const [index, item] of value.entries()) check(search, items, item, before?.item(index), at.index(index));
  if (minItems !== undefined && value.length < minItems)
    errors.push(invalidValue(at, value.length, `${at} in body should have at least ${minItems} items`));
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(at, value.length, maxItems));
}

function checkMembers(
  search: Search,
  schema: SchemaNode,
  value: Record<string, unknown>,
  before: Before,
  at: FieldPath,
): void {
  const { maxProperties, minProperties } = schema;
  const { errors } = search;
  const count = Object.keys(value).length;
  if (minProperties !== undefined && count < minProperties)
    errors.push(invalidValue(at, count, `${at} in body should have at least ${minProperties} properties`));
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(at, count, maxProperties));
  for (const [name, member] of Object.entries(value)) {
    const inner = memberSchema(schema, name);
    if (inner) check(search, inner, member, before?.member(name), at.child(name));
  }
  for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) errors.push(required(at.child(name)));
}

/** allOf, anyOf, oneOf and not. Their outcome is told of no field, as upstream does; what they say of members that did not change is not told. */
function checkCombined(search: Search, schema: SchemaNode, value: unknown, before: Before, at: FieldPath): void {
  const { errors, isMatching } = search;
  const tell = (what: string): number =>
    errors.push(invalidValue(path(NO_FIELD), '', `${JSON.stringify(at.toString())} ${what}`));
  const judge = (one: SchemaNode): FieldError[] => {
    const found: FieldError[] = [];
    checkHere({ errors: found, isMatching }, one, value, before, at);
    return found.slice(0, ERRORS_MAX);
  };
  if (schema.anyOf?.length) {
    const found = schema.anyOf.map(judge);
    if (!found.some(({ length }) => length === 0)) {
      tell('must validate at least one schema (anyOf)');
      errors.push(...best(found));
    }
  }
  if (schema.oneOf?.length) {
    const found = schema.oneOf.map(judge);
    const valid = found.filter(({ length }) => length === 0).length;
    if (valid !== 1) {
      const why = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
      tell(`must validate one and only one schema (oneOf). ${why}`);
      if (valid === 0) errors.push(...best(found));
    }
  }
  if (schema.allOf?.length) {
    const found = schema.allOf.map(judge);
    const wrong = found.filter(({ length }) => length > 0);
    errors.push(...wrong.flat());
    if (wrong.length > 0)
      tell(`must validate all the schemas (allOf)${wrong.length === found.length ? '. None validated' : ''}`);
  }
  if (schema.not && judge(schema.not).length === 0) tell('must not validate the schema (not)');
}

/** The alternative that was nearest. */
function best(found: readonly FieldError[][]): FieldError[] {
  return found.reduce((nearest, one) => (one.length < nearest.length ? one : nearest));
}
