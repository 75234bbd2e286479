/**
 * Objects within objects (`x-kubernetes-embedded-resource`) say what they are, and their metadata is as that of every object
 * (`apiextensions-apiserver/pkg/apiserver/schema/objectmeta`). Pure.
 */

import { type FieldError, type FieldPath, invalidValue, path, required } from '../../base/field.ts';
import { isObject } from '../../base/json.ts';
import { dns1035LabelProblems } from '../../base/names.ts';
import type { KubeObject } from '../../base/object.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { goAny } from '../common/go-values.ts';
import { genericMetadataErrors } from '../common/metadata.ts';
import { pathSegmentName } from '../common/names.ts';

/** An object needs no name where it is not kept by itself; upstream gives it this one to judge the rest. */
const NAME_OF_NAMELESS = 'fakename';

/** `isRoot`: the value itself is an object, whatever its schema says. */
export function validateEmbedded(schema: SchemaNode, value: unknown, isRoot = false): FieldError[] {
  const errors: FieldError[] = [];
  walk(errors, schema, value, undefined, isRoot);
  return errors;
}

function walk(
  errors: FieldError[],
  schema: SchemaNode,
  value: unknown,
  at: FieldPath | undefined,
  isObjectRoot = schema['x-kubernetes-embedded-resource'] === true,
): void {
  const child = (name: string): FieldPath => at?.child(name) ?? path(name);
  if (Array.isArray(value)) {
    if (schema.items)
      for (const [index, item] of value.entries()) walk(errors, schema.items, item, (at ?? path()).index(index));
  } else if (isObject(value)) {
    if (isObjectRoot) checkObject(errors, value, child);
    const { properties = {}, additionalProperties } = schema;
    for (const [name, member] of Object.entries(value)) {
      if (Object.hasOwn(properties, name)) walk(errors, properties[name]!, member, child(name));
      else if (typeof additionalProperties === 'object')
        walk(errors, additionalProperties, member, (at ?? path()).key(name));
    }
  }
}

function checkObject(errors: FieldError[], value: Record<string, unknown>, child: (name: string) => FieldPath): void {
  const { apiVersion, kind, metadata } = value;
  for (const name of ['apiVersion', 'kind'])
    if (!Object.hasOwn(value, name)) errors.push(required(child(name), 'must not be empty'));
  checkText(errors, child('apiVersion'), apiVersion, (text) =>
    text.split('/').length > 2 ? [`unexpected GroupVersion string: ${text}`] : [],
  );
  checkText(errors, child('kind'), kind, (text) => {
    const problems = dns1035LabelProblems(text.toLowerCase());
    return problems.length > 0 ? [`may have mixed case, but should otherwise match: ${problems.join(',')}`] : [];
  });
  if (metadata === undefined) return;
  if (!isMetadata(metadata)) {
    errors.push(
      invalidValue(child('metadata'), goAny(metadata), 'json: cannot unmarshal into Go value of type v1.ObjectMeta'),
    );
    return;
  }
  const named = { metadata: { ...metadata, name: metadata['name'] || NAME_OF_NAMELESS } } as KubeObject;
  const found = genericMetadataErrors(named, pathSegmentName, Boolean(metadata['namespace']));
  const place = child('metadata').toString();
  errors.push(...found.map((error) => ({ ...error, field: error.field.replace(/^metadata/, () => place) })));
}

/** Whether all that is judged is of its type; elsewhere requests are refused before when it is not. */
function isMetadata(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const isText = (one: unknown): boolean => one === undefined || typeof one === 'string';
  const isTexts = (one: unknown): boolean => one === undefined || (isObject(one) && Object.values(one).every(isText));
  const isListOf = (one: unknown, fits: (item: unknown) => boolean): boolean =>
    one === undefined || (Array.isArray(one) && one.every(fits));
  return (
    ['name', 'generateName', 'namespace'].every((name) => isText(value[name])) &&
    isTexts(value['labels']) &&
    isTexts(value['annotations']) &&
    isListOf(value['finalizers'], (one) => typeof one === 'string') &&
    isListOf(value['ownerReferences'], isOwner) &&
    isListOf(value['managedFields'], isOwner)
  );
}

/** Members of owners and managers that are judged are texts. */
const isOwner = (one: unknown): boolean =>
  isObject(one) &&
  Object.values(one).every((member) => typeof member !== 'number' && !Array.isArray(member) && member !== null);

function checkText(
  errors: FieldError[],
  at: FieldPath,
  value: unknown,
  problemsOf: (text: string) => readonly string[],
): void {
  if (value === undefined) return;
  if (typeof value !== 'string') errors.push(invalidValue(at, value, 'must be a string'));
  else if (value === '') errors.push(invalidValue(at, value, 'must not be empty'));
  else for (const problem of problemsOf(value)) errors.push(invalidValue(at, value, problem));
}
