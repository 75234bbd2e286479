/**
 * A ValidatingAdmissionPolicy with its expressions compiled; kept as long as the stored object.
 */

import type { Type } from '../../cel/types.ts';
import * as types from '../../cel/types.ts';
import { compileFor, type ExpressionVariables } from '../../kinds/common/admission/expressions.ts';
import type { ValidatingAdmissionPolicy } from '../../kinds/types.generated.ts';
import { type CompiledCondition, compileConditions, type Expression } from '../matching/conditions.ts';

export interface CompiledValidation {
  readonly source: string;
  readonly expression: Expression;
  readonly message: string;
  readonly messageExpression: Expression | undefined;
  readonly reason: string;
}

export interface CompiledPolicy {
  readonly name: string;
  readonly policy: Readonly<ValidatingAdmissionPolicy>;
  readonly fails: boolean;
  readonly conditions: readonly CompiledCondition[];
  readonly variables: ReadonlyMap<string, Expression>;
  readonly validations: readonly CompiledValidation[];
  readonly auditAnnotations: readonly {
    readonly key: string;
    readonly source: string;
    readonly expression: Expression;
  }[];
}

const compiled = new WeakMap<Readonly<ValidatingAdmissionPolicy>, CompiledPolicy>();

export function compilePolicy(policy: Readonly<ValidatingAdmissionPolicy>): CompiledPolicy {
  const known = compiled.get(policy);
  if (known) return known;
  const made = make(policy);
  compiled.set(policy, made);
  return made;
}

function make(policy: Readonly<ValidatingAdmissionPolicy>): CompiledPolicy {
  const {
    paramKind,
    failurePolicy,
    matchConditions,
    variables = [],
    validations,
    auditAnnotations,
  } = policy.spec ?? {};
  const base: ExpressionVariables = { hasParams: paramKind !== undefined, hasAuthorizer: true };
  const composed = new Map<string, Type>();
  const compiledVariables = new Map<string, Expression>();
  for (const { name, expression } of variables) {
    const one = compileFor(expression, { ...base, composed }, []);
    compiledVariables.set(name, one);
    composed.set(name, 'program' in one ? one.program.type : types.DYN);
  }
  const scope = variables.length > 0 ? { ...base, composed } : base;
  return {
    name: policy.metadata?.name ?? '',
    policy,
    fails: failurePolicy !== 'Ignore',
    conditions: compileConditions(matchConditions, base),
    variables: compiledVariables,
    validations: (validations ?? []).map(({ expression, message = '', messageExpression, reason }) => ({
      source: expression,
      expression: compileFor(expression, scope, ['bool']),
      message,
      messageExpression: messageExpression
        ? compileFor(messageExpression, { ...scope, hasAuthorizer: false }, ['string'])
        : undefined,
      reason: reason ?? 'Invalid',
    })),
    auditAnnotations: (auditAnnotations ?? []).map(({ key, valueExpression }) => ({
      key,
      source: valueExpression,
      expression: compileFor(valueExpression.trim(), scope, ['string', 'null']),
    })),
  };
}
