/**
 * What the rules of a schema may cost, all together (`apiextensions/validation/cel_validation.go` of 1.32): a rule in a list is asked once for each
 * item that there may be. Too much refuses the definition, before any object does.
 */

import { type FieldError, type FieldPath, forbiddenField } from '../../base/field.ts';
import type { Program } from '../../cel/compile.ts';
import { estimateCost, sizesOf } from '../../cel/cost/estimate.ts';
import { REQUEST_BYTES_MAX } from '../../cel/schema-type.ts';
import type { Type } from '../../cel/types.ts';
import type { SchemaNode } from '../../schema/node.ts';

/** Upstream's `StaticEstimatedCostLimit` and `StaticEstimatedCRDCostLimit`. */
const RULE_COST_MAX = 10_000_000;
const SCHEMA_COST_MAX = 100_000_000;
/** So many are named when all together are too expensive, and only those that are a hundredth of the limit. */
const NAMED_MAX = 4;
const NAMED_COST_MIN = SCHEMA_COST_MAX / 100;

/** How many values of a schema there may be in one object; undefined: as many as fit into a request. */
export type Cardinality = number | undefined;

/** Of what a schema holds, if there are so many of it. */
export function cardinalityBelow(
  { type, additionalProperties, maxProperties, maxItems }: SchemaNode,
  cardinality: Cardinality,
): Cardinality {
  if (cardinality === undefined) return undefined;
  const isMap = type === 'object' && additionalProperties !== undefined;
  if (!isMap && type !== 'array') return cardinality;
  const most = isMap ? maxProperties : maxItems;
  return most === undefined ? undefined : cardinality * Math.max(0, most);
}

/** The rules of one schema, one after the other. */
export class RuleCosts {
  readonly #isUnchanged: boolean;
  #total = 0;
  #expensive: { readonly at: FieldPath; readonly cost: number }[] = [];

  /** `isUnchanged`: as it was let in before; then no rule is refused for itself. */
  constructor(isUnchanged: boolean) {
    this.#isUnchanged = isUnchanged;
  }

  /** `self`: the type of the values that it is about. */
  observeRule(errors: FieldError[], program: Program, self: Type, cardinality: Cardinality, at: FieldPath): void {
    const often = cardinality ?? Math.floor(REQUEST_BYTES_MAX / ((self.minBytes ?? 0) + 1));
    this.#observe(errors, 'estimated rule cost', costOf(program, self) * often, at);
  }

  /** Asked once, for one failure is told. */
  observeMessage(errors: FieldError[], program: Program, self: Type, at: FieldPath): void {
    this.#observe(errors, 'estimated messageExpression cost', costOf(program, self), at);
  }

  #observe(errors: FieldError[], name: string, cost: number, at: FieldPath): void {
    if (!this.#isUnchanged && cost > RULE_COST_MAX)
      errors.push(forbiddenField(at, exceeding(name, cost, RULE_COST_MAX)));
    this.#total += cost;
    if (cost < NAMED_COST_MIN) return;
    this.#expensive = [...this.#expensive, { at, cost }].sort((a, b) => b.cost - a.cost).slice(0, NAMED_MAX);
  }

  /** What is wrong with all of them together. `at`: the schema. */
  checkTotal(errors: FieldError[], at: FieldPath): void {
    if (this.#total <= SCHEMA_COST_MAX) return;
    const why = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    for (const expensive of this.#expensive) errors.push(forbiddenField(expensive.at, why));
    const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    errors.push(forbiddenField(at, exceeding(name, this.#total, SCHEMA_COST_MAX)));
  }
}

const costOf = ({ expression, checked }: Program, self: Type): number =>
  estimateCost(expression, checked, sizesOf(self)).max;

function exceeding(name: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const told = factor > 100 ? 'more than 100x' : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  return `${name} exceeds budget by factor of ${told} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
