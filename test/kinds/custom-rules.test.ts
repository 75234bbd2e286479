/** Rules in CEL about objects of custom kinds: when they are asked, and what is told of them (upstream's validation of 1.32). */

import { expect, it } from 'vitest';
import { formatFieldError } from '../../daemon/base/field.ts';
import { cloneJson } from '../../daemon/base/json.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import { buildCustomKinds } from '../../daemon/kinds/custom/build-kinds.ts';
import type { Kind } from '../../daemon/kinds/kind.ts';
import { definition } from '../api/rest/custom-support.ts';

function kindWith(spec: object, rootRules: object[] = []): Kind {
  const made = cloneJson(definition());
  const schema = { type: 'object', properties: { spec }, 'x-kubernetes-validations': rootRules };
  made.spec.versions[0]!.schema = { openAPIV3Schema: schema } as never;
  // A scale would have replicas to judge below `spec`, whatever that is.
  delete made.spec.versions[0]!.subresources;
  const [kind] = buildCustomKinds(made, { askWebhook: () => Promise.reject(new Error('nobody')) });
  return kind!;
}

const object = (spec: unknown): KubeObject =>
  ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec }) as KubeObject;
const told = (kind: Kind, spec: unknown): string[] => kind.validate(object(spec)).map(formatFieldError);
const integer = (more: object) => ({ type: 'object', properties: { size: { type: 'integer', ...more } } });
const rule = (text: string, more: object = {}) => ({ rule: text, ...more });
const ruled = (...rules: object[]) => ({ 'x-kubernetes-validations': rules });

it('are asked beside errors that leave the shape of the object as it is', () => {
  const kind = kindWith({ ...integer({ maximum: 3 }), ...ruled(rule('self.size < 5', { message: 'too large' })) });
  expect(told(kind, { size: 7 })).toEqual([
    'spec.size: Invalid value: 7: spec.size in body should be less than or equal to 3',
    'spec: Invalid value: "object": too large',
  ]);
});

it('are not asked of a misshapen object, and that is told', () => {
  const kind = kindWith({ ...integer({}), ...ruled(rule('self.size < 5')) });
  expect(told(kind, { size: 'x' })).toEqual([
    'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    '<nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  ]);
});

it('at the root are told of no field', () => {
  const kind = kindWith(integer({}), [rule('self.spec.size < 5', { fieldPath: ".spec['size']" }), rule('false')]);
  expect(told(kind, { size: 7 })).toEqual([
    'spec.size: Invalid value: "object": failed rule: self.spec.size < 5',
    '<nil>: Invalid value: "object": failed rule: false',
  ]);
});

it('about what did not change are told as a warning', () => {
  const kind = kindWith({ ...integer(ruled(rule('self < 5'))), ...ruled(rule('self.size >= oldSelf.size')) });
  const warnings: string[] = [];
  const [old, next] = [object({ size: 7 }), object({ size: 7 })];
  next.metadata = { ...next.metadata, resourceVersion: '1', labels: { a: 'b' } };
  const steps = kind.validateInTurns!(next, old, (text) => void warnings.push(text));
  expect(steps.next()).toEqual({ done: true, value: [] });
  expect(warnings).toEqual(['spec.size: Invalid value: "integer": failed rule: self < 5']);
});

it('end with a message that costs too much', () => {
  const list = { type: 'array', items: { type: 'integer' } };
  const messageExpression = 'self.all(x, self.all(y, self.all(z, true))) ? "a" : "b"';
  const kind = kindWith({ ...list, ...ruled(rule('false', { messageExpression }), rule('false')) });
  expect(
    told(
      kind,
      Array.from({ length: 200 }, (_, index) => index),
    ),
  ).toEqual([
    `spec: Invalid value: "array": no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(messageExpression)}`,
  ]);
});

it('that take long pause between one and the next', () => {
  const list = { type: 'array', items: { type: 'integer' } };
  const kind = kindWith({
    ...list,
    ...ruled(...Array.from({ length: 4 }, () => rule('self.all(x, self.filter(y, y > x).size() >= 0)'))),
  });
  const steps = kind.validateInTurns!(object(Array.from({ length: 300 }, (_, index) => index)), undefined, () => {});
  let pauses = 0;
  for (let step = steps.next(); !step.done; step = steps.next()) pauses++;
  expect(pauses).toBe(3);
});
