/**
 * The expressions of policies and of webhooks' match conditions: what they may name, and how they are compiled
 * (`apiserver/pkg/admission/plugin/cel/compile.go`). Pure; what was compiled is kept as long as it is used.
 */

import { type FieldError, type FieldPath, invalidValue } from '../../../base/field.ts';
import { type Compiled, compile, type Program } from '../../../cel/compile.ts';
import { createEnvironment } from '../../../cel/environment.ts';
import * as types from '../../../cel/types.ts';
import { formatType, listOf, mapOf, type ObjectType, objectOf, opaque, type Type } from '../../../cel/types.ts';

const TEXTS = listOf(types.STRING);

const GROUP_VERSION_KIND = objectOf('kubernetes.GroupVersionKind', {
  group: types.STRING,
  version: types.STRING,
  kind: types.STRING,
});

const GROUP_VERSION_RESOURCE = objectOf('kubernetes.GroupVersionResource', {
  group: types.STRING,
  version: types.STRING,
  resource: types.STRING,
});

/** The variable `request`. */
export const REQUEST_TYPE: ObjectType = objectOf('kubernetes.AdmissionRequest', {
  kind: GROUP_VERSION_KIND,
  resource: GROUP_VERSION_RESOURCE,
  subResource: types.STRING,
  requestKind: GROUP_VERSION_KIND,
  requestResource: GROUP_VERSION_RESOURCE,
  requestSubResource: types.STRING,
  name: types.STRING,
  namespace: types.STRING,
  operation: types.STRING,
  userInfo: objectOf('kubernetes.UserInfo', {
    username: types.STRING,
    uid: types.STRING,
    groups: TEXTS,
    extra: mapOf(types.STRING, TEXTS),
  }),
  dryRun: types.BOOL,
  options: types.DYN,
});

/** The variable `namespaceObject`. */
export const NAMESPACE_TYPE: ObjectType = objectOf('kubernetes.Namespace', {
  metadata: objectOf('kubernetes.NamespaceMetadata', {
    name: types.STRING,
    generateName: types.STRING,
    namespace: types.STRING,
    labels: mapOf(types.STRING, types.STRING),
    annotations: mapOf(types.STRING, types.STRING),
    UID: types.STRING,
    creationTimestamp: types.TIMESTAMP,
    deletionGracePeriodSeconds: types.INT,
    deletionTimestamp: types.TIMESTAMP,
    generation: types.INT,
    resourceVersion: types.STRING,
    finalizers: TEXTS,
  }),
  spec: objectOf('kubernetes.NamespaceSpec', { finalizers: TEXTS }),
  status: objectOf('kubernetes.NamespaceStatus', {
    conditions: listOf(
      objectOf('kubernetes.NamespaceCondition', {
        status: types.STRING,
        type: types.STRING,
        lastTransitionTime: types.TIMESTAMP,
        message: types.STRING,
        reason: types.STRING,
      }),
    ),
    phase: types.STRING,
  }),
});

export interface ExpressionVariables {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** False: `authorizer` without `authorizer.requestResource`. */
  readonly hasRequestResource?: boolean;
  /** What earlier variables of the policy give, by name. */
  readonly composed?: ReadonlyMap<string, Type>;
  /** The type of `object` and `oldObject`, `dyn` when not given. */
  readonly object?: Type;
  readonly params?: Type;
}

/** The types of what an expression may name. */
function environmentOf({
  hasParams,
  hasAuthorizer,
  hasRequestResource = hasAuthorizer,
  composed,
  object = types.DYN,
  params = types.DYN,
}: ExpressionVariables) {
  return createEnvironment({
    object,
    oldObject: object,
    request: REQUEST_TYPE,
    namespaceObject: NAMESPACE_TYPE,
    ...(hasParams ? { params } : {}),
    ...(hasAuthorizer ? { authorizer: opaque('kubernetes.authorization.Authorizer') } : {}),
    ...(hasRequestResource ? { 'authorizer.requestResource': opaque('kubernetes.authorization.ResourceCheck') } : {}),
    ...(composed ? { variables: objectOf('kubernetes.variables', Object.fromEntries(composed)) } : {}),
  });
}

export function compileExpression(source: string, variables: ExpressionVariables): Compiled {
  return compile(source, environmentOf(variables));
}

/** A program that gives one of the kinds of values, or why there is none. */
export function compileFor(
  source: string,
  variables: ExpressionVariables,
  kinds: readonly Type['kind'][],
): { program: Program } | { problem: string } {
  const compiled = compileExpression(source, variables);
  if (!('program' in compiled)) return { problem: `compilation failed: ${compiled.message}` };
  const { type } = compiled.program;
  if (kinds.length === 0 || kinds.includes(type.kind)) return compiled;
  const wanted = kinds.length === 1 ? `${kinds[0]}` : `one of [${kinds.map(runtimeName).join(' ')}]`;
  return { problem: `must evaluate to ${wanted} but got ${formatType(type)}` };
}

const runtimeName = (kind: string): string => (kind === 'null' ? 'null_type' : kind);

/** `kinds` empty: whatever it gives. */
export function expressionErrors(
  source: string,
  variables: ExpressionVariables,
  kinds: readonly Type['kind'][],
  at: FieldPath,
): FieldError[] {
  const compiled = compileFor(source, variables, kinds);
  return 'problem' in compiled ? [invalidValue(at, source, compiled.problem)] : [];
}
