/** The rules in CEL of a definition's schema: what they may cost, and in which order is told what is wrong (upstream's validation of 1.32). */

import { expect, it } from 'vitest';
import { formatFieldError } from '../../daemon/base/field.ts';
import { cloneJson } from '../../daemon/base/json.ts';
import { validate, validateUpdate } from '../../daemon/kinds/customresourcedefinitions/validation.ts';
import type { CustomResourceDefinition } from '../../daemon/kinds/types.generated.ts';
import { definition } from '../api/rest/custom-support.ts';

const AT = 'spec.validation.openAPIV3Schema';
const HINT =
  '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
const NOT_COMPILED = 'MessageExpression:"", Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:""';

function withProperties(properties: object, more: object = {}): CustomResourceDefinition {
  const made = cloneJson(definition());
  made.spec.versions[0]!.schema = { openAPIV3Schema: { type: 'object', properties, ...more } } as never;
  return made;
}

const errorsIn = (properties: object, more?: object): string[] =>
  validate(withProperties(properties, more))
    .map(formatFieldError)
    .filter((text) => text.startsWith(AT));

const rules = (...all: object[]) => ({ 'x-kubernetes-validations': all });
const text = { type: 'string', maxLength: 2048, ...rules({ rule: "self.contains('keyword')" }) };
const mapOf = (maxProperties: number | undefined) => ({
  type: 'object',
  ...(maxProperties === undefined ? {} : { maxProperties }),
  additionalProperties: text,
});
const ruleAt = (name: string): string =>
  `${AT}.properties[${name}].additionalProperties.x-kubernetes-validations[0].rule`;

it('a rule is asked for every value that there may be', () => {
  expect(errorsIn({ map: mapOf(10_000) })).toEqual([]);
  expect(errorsIn({ map: mapOf(15_000) })).toEqual([
    `${ruleAt('map')}: Forbidden: estimated rule cost exceeds budget by factor of 1.231500x ${HINT}`,
  ]);
  expect(errorsIn({ map: mapOf(30_000) })).toEqual([
    `${ruleAt('map')}: Forbidden: estimated rule cost exceeds budget by factor of 2.5x ${HINT}`,
  ]);
});

it('all rules together have a limit, too, and the most expensive are named', () => {
  const array = { type: 'array', items: { ...text, maxLength: 500_000 } };
  const field = { type: 'integer', ...rules({ rule: 'self > 50 && self < 100' }) };
  const arrayAt = `${AT}.properties[array].items.x-kubernetes-validations[0].rule`;
  expect(errorsIn({ array, map: mapOf(10_000), field })).toEqual([
    `${arrayAt}: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${HINT}`,
    `${arrayAt}: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
    `${ruleAt('map')}: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
    `${AT}: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${HINT}`,
  ]);
});

it('no more than four are named', () => {
  const names = Array.from({ length: 13 }, (_, index) => `map${index}`);
  const errors = errorsIn(Object.fromEntries(names.map((name, index) => [name, mapOf(10_000 + index)])));
  expect(errors.map((error) => error.split(':')[0])).toEqual([...[12, 11, 10, 9].map((n) => ruleAt(`map${n}`)), AT]);
  expect(errors.at(-1)).toContain('exceeds budget by factor of');
});

it('a message is made once for an object, whatever there is of it', () => {
  const values = { ...text, ...rules({ rule: 'true', messageExpression: "self + '!'" }) };
  expect(errorsIn({ map: { ...mapOf(15_000), additionalProperties: values } })).toEqual([]);
  const longer = { type: 'array', items: { type: 'string' }, maxItems: 20 };
  const joined = rules({ rule: 'true', messageExpression: "self.join(',') + self.join(',')" });
  expect(errorsIn({ longer: { ...longer, ...joined } })).toEqual([
    `${AT}.properties[longer].x-kubernetes-validations[0].messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of 2.5x ${HINT}`,
  ]);
});

it('what was let in before stays, as long as it does not change', () => {
  const before = withProperties({ map: mapOf(30_000) });
  expect(
    validateUpdate(cloneJson(before), before)
      .map(formatFieldError)
      .filter((one) => one.startsWith(AT)),
  ).toEqual([]);
  const changed = withProperties({ map: mapOf(30_001) });
  expect(validateUpdate(changed, before).map(({ field }) => field)).toContain(ruleAt('map'));
});

it('rules are judged where nothing else is wrong, and told of last', () => {
  const wrong = { type: 'string', 'x-kubernetes-map-type': 'atomic', ...rules({ rule: 'self.nope' }) };
  const broken = { type: 'integer', ...rules({ rule: 'self.nope' }) };
  expect(errorsIn({ broken, wrong })).toEqual([
    `${AT}.properties[wrong].type: Invalid value: "string": must be object if x-kubernetes-map-type is specified`,
    `${AT}.properties[broken].x-kubernetes-validations[0].rule: Invalid value: apiextensions.ValidationRule{Rule:"self.nope", Message:"", ${NOT_COMPILED}, OptionalOldSelf:(*bool)(nil)}: compilation failed: ERROR: <input>:1:5: type 'int' does not support field selection\n | self.nope\n | ....^`,
  ]);
});

it('the first thing that is wrong with the texts of a rule is told', () => {
  const at = `${AT}.properties[a].x-kubernetes-validations`;
  const a = {
    type: 'string',
    ...rules(
      { rule: ' ', message: ' ', messageExpression: ' ' },
      { rule: 'true', message: 'a\nb', reason: 'Nope', fieldPath: '.x' },
      { rule: 'true &&\ntrue', fieldPath: ' \n' },
    ),
  };
  expect(errorsIn({ a })).toEqual([
    `${at}[0].rule: Required value: rule is not specified`,
    `${at}[0].messageExpression: Required value: messageExpression must be non-empty if specified`,
    `${at}[1].message: Invalid value: "a\\nb": message must not contain line breaks`,
    `${at}[1].reason: Unsupported value: "Nope": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"`,
    `${at}[1].fieldPath: Invalid value: ".x": fieldPath must be a valid path`,
    `${at}[2].message: Required value: message must be specified if rule contains line breaks`,
    `${at}[2].fieldPath: Invalid value: " \\n": fieldPath must be non-empty if specified`,
    `${at}[2].fieldPath: Invalid value: " \\n": fieldPath must not contain line breaks`,
    `${at}[2].fieldPath: Invalid value: " \\n": fieldPath must be a valid path`,
  ]);
});

it('oldSelf is only known where the value can be told to be the same', () => {
  const list = { type: 'array', maxItems: 2, items: { type: 'integer', ...rules({ rule: 'self >= oldSelf' }) } };
  const at = `${AT}.properties[list]`;
  expect(errorsIn({ list })).toEqual([
    `${at}.items.x-kubernetes-validations[0].rule: Invalid value: "self >= oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${at}`,
  ]);
  const optional = { type: 'integer', ...rules({ rule: 'self > 0', optionalOldSelf: true }) };
  expect(errorsIn({ optional })).toEqual([
    `${AT}.properties[optional].x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule`,
  ]);
});

it('the root of a schema with a status is described by few keywords, and shown as Go has it', () => {
  const [error] = errorsIn({}, { maxProperties: 3 });
  expect(error).toMatch(
    /^spec\.validation\.openAPIV3Schema: Invalid value: apiextensions\.JSONSchemaProps\{ID:"", Schema:"", Ref:\(\*string\)\(nil\), Description:"", Type:"object", Nullable:false, .*MaxProperties:\(\*int64\)\(0x[0-9a-f]+\), .*Properties:map\[string\]apiextensions\.JSONSchemaProps\{\}, .*Dependencies:apiextensions\.JSONSchemaDependencies\(nil\), .*XValidations:apiextensions\.ValidationRules\(nil\)\}: only \[Description Type /,
  );
});

it('what has no structure at all is named', () => {
  expect(errorsIn({ a: { type: 'string', $schema: 'x' } })).toEqual([
    `${AT}: Invalid value: "": OpenAPIV3Schema 'schema' is not supported`,
  ]);
  expect(errorsIn({ a: { $ref: '#/x' } })).toEqual([`${AT}.properties[a].$ref: Forbidden: $ref is not supported`]);
  expect(errorsIn({ a: { type: 'array', items: [{ type: 'string' }] } })).toEqual([
    `${AT}.properties[a].items: Forbidden: items must be a schema object and not an array`,
  ]);
  expect(errorsIn({ metadata: { type: 'object', properties: { name: { type: 'string', default: 'x' } } } })).toContain(
    `${AT}.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata`,
  );
});
