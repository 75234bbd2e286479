/**
 * The defaults in a schema that is structural: each is a value of its own schema, without fields that would be pruned
 * (`apiextensions-apiserver/pkg/apiserver/schema/defaulting/validation.go`).
 */

import { type FieldError, type FieldPath, invalidValue, path } from '../../base/field.ts';
import { cloneJson } from '../../base/json.ts';
import { runAtOnce } from '../../base/turn.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { pruneCustom } from '../../schema/prune-custom.ts';
import { goAny } from '../common/go-values.ts';
import { validateEmbedded } from '../custom/embedded.ts';
import { compileRules, evaluateRules } from '../custom/rules.ts';
import { NO_FIELD, validateValue } from '../custom/validate-value.ts';
import type { JSONSchemaProps } from '../types.generated.ts';

/** What the rules of one default may cost: they are evaluated at once, and no default in use comes near. */
const RULES_COST_MAX = 100_000;

/** Of a schema that is structural: elsewhere than in these places none may stand. */
export function checkDefaults(errors: FieldError[], schema: JSONSchemaProps, at: FieldPath, isRoot = true): void {
  checkDefault(errors, schema as SchemaNode, at, isRoot);
  const { items, additionalProperties, properties = {} } = schema as SchemaNode;
  const next = (inner: SchemaNode | boolean | undefined, place: FieldPath): void => {
    if (typeof inner === 'object') checkDefaults(errors, inner as JSONSchemaProps, place, false);
  };
  next(additionalProperties, at.child('additionalProperties'));
  for (const [name, inner] of Object.entries(properties)) next(inner, at.child('properties').key(name));
  next(items, at.child('items'));
}

function checkDefault(errors: FieldError[], schema: SchemaNode, at: FieldPath, isRoot: boolean): void {
  if (schema.default === undefined) return;
  const place = at.child('default');
  const unknown: string[] = [];
  const holder = { value: cloneJson(schema.default) };
  pruneCustom({ properties: { value: schema } }, holder, unknown);
  if (unknown.length > 0) errors.push(invalidValue(place, goAny(schema.default), 'must not have unknown fields'));
  const found = valueErrors(schema, isRoot);
  // A default is named from its own root in texts: `spec.size in body …` is about an object's field.
  errors.push(...found.map((error) => ({ ...error, field: below(place, error.field) })));
}

/** Each is only looked at when what comes before it found nothing. */
function valueErrors(schema: SchemaNode, isRoot: boolean): FieldError[] {
  const value = schema.default;
  const embedded = validateEmbedded(schema, value, isRoot || schema['x-kubernetes-embedded-resource'] === true);
  if (embedded.length > 0) return embedded;
  const found = validateValue(schema, value, undefined, path());
  if (found.length > 0) return found;
  const rules = compileRules(schema, isRoot);
  if (!rules) return [];
  return runAtOnce(evaluateRules(rules, value, undefined, undefined, RULES_COST_MAX));
}

function below(place: FieldPath, field: string): string {
  return field === '' || field === NO_FIELD ? String(place) : `${place}.${field}`;
}
