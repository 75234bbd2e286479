/**
 * What is suspicious about a policy's expressions when the types of what they judge are known (`apiserver/pkg/admission/plugin/policy/validating/
 * typechecking.go`): a field that a Deployment does not have, a number compared with a text. It warns; the policy holds all the same. Pure.
 */

import { type TypedSchema, typeOfSchema } from '../../../cel/schema-type.ts';
import type { Type } from '../../../cel/types.ts';
import * as types from '../../../cel/types.ts';
import type { SchemaSet } from '../../../schema/node.ts';
import type { KindRegistry } from '../../kind.ts';
import { parseApiVersion, type Resource } from '../../resource.ts';
import type { ExpressionWarning, NamedRuleWithOperations, ValidatingAdmissionPolicy } from '../../types.generated.ts';
import { compileExpression, type ExpressionVariables } from './expressions.ts';

/** Upstream's `maxTypesToCheck`: with so many of one rule it stops. */
const TYPES_MAX = 10;

export interface TypeSources {
  readonly registry: KindRegistry;
  readonly schemas: SchemaSet;
}

export function checkTypes(policy: Readonly<ValidatingAdmissionPolicy>, sources: TypeSources): ExpressionWarning[] {
  const { validations = [] } = policy.spec ?? {};
  const scopes = matchedResources(policy, sources).map((resource) => ({
    name: `${resource.group}/${resource.version}, Kind=${resource.kind}`,
    scope: scopeOf(policy, resource, sources),
  }));
  const warnings: ExpressionWarning[] = [];
  const check = (fieldRef: string, expression: string): void => {
    const found = scopes.flatMap(({ name, scope }) => {
      const compiled = compileExpression(expression, scope);
      return 'program' in compiled ? [] : [`${name}: ${compiled.message}\n`];
    });
    if (found.length > 0) warnings.push({ fieldRef, warning: found.join('\n') });
  };
  for (const [index, { expression, messageExpression }] of validations.entries()) {
    check(`spec.validations[${index}].expression`, expression);
    if (messageExpression) check(`spec.validations[${index}].messageExpression`, messageExpression);
  }
  return warnings;
}

/** The resources that the policy names, in order of group, version and kind; rules with a wildcard say no types. */
function matchedResources({ spec }: Readonly<ValidatingAdmissionPolicy>, { registry }: TypeSources): Resource[] {
  const found = new Map<string, Resource>();
  for (const rule of spec?.matchConstraints?.resourceRules ?? []) {
    const named = resourcesOf(rule, registry).slice(0, TYPES_MAX);
    for (const resource of named) found.set(`${resource.group}/${resource.version}/${resource.kind}`, resource);
    if (named.length === TYPES_MAX) break;
  }
  return [...found.values()].sort(
    (a, b) => compare(a.group, b.group) || compare(a.version, b.version) || compare(a.kind, b.kind),
  );
}

function resourcesOf(
  { apiGroups = [], apiVersions = [], resources = [] }: NamedRuleWithOperations,
  registry: KindRegistry,
): Resource[] {
  if ([...apiGroups, ...apiVersions].some((value) => value.includes('*'))) return [];
  return apiGroups.toSorted().flatMap((group) =>
    apiVersions.toSorted().flatMap((version) =>
      resources.toSorted().flatMap((plural) => {
        const kind = registry.byResource(group, version, plural);
        return kind ? [kind.resource] : [];
      }),
    ),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function scopeOf(
  { spec }: Readonly<ValidatingAdmissionPolicy>,
  { group, version, kind }: Resource,
  { schemas }: TypeSources,
): ExpressionVariables {
  const typeOf = (of: string, at: string, called: string): Type | undefined => {
    const schema = schemas.ofKind(of, at, called);
    const resolve = (one: TypedSchema) => schemas.resolve(one as never) as TypedSchema;
    return schema && typeOfSchema(schema as TypedSchema, { isResourceRoot: true, resolve });
  };
  const { paramKind, variables = [] } = spec ?? {};
  const of = paramKind && parseApiVersion(paramKind.apiVersion ?? '');
  // Parameters of a kind that nobody knows are not there.
  const params = of && typeOf(of.group, of.version, paramKind?.kind ?? '');
  const base: ExpressionVariables = {
    hasParams: params !== undefined,
    hasAuthorizer: true,
    // Upstream's checker does not know it, and warns of it.
    hasRequestResource: false,
    object: typeOf(group, version, kind) ?? types.DYN,
    ...(params ? { params } : {}),
  };
  if (variables.length === 0) return base;
  const composed = new Map<string, Type>();
  for (const { name, expression } of variables) {
    const compiled = compileExpression(expression, { ...base, composed });
    composed.set(name, 'program' in compiled ? compiled.program.type : types.DYN);
  }
  return { ...base, composed };
}
