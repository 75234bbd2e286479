/**
 * What the expressions of policies and match conditions see of a request: `object`, `oldObject`, `request`, `namespaceObject`, `authorizer`
 * (`apiserver/pkg/admission/plugin/cel`). Values are made when an expression first asks for them.
 */

import { readSelectors } from '../../auth/selectors.ts';
import type { Attributes as AccessAttributes, Authorizer, UserInfo } from '../../auth/user.ts';
import type { KubeObject } from '../../base/object.ts';
import type { Activation } from '../../cel/evaluate.ts';
import { fromJson } from '../../cel/json.ts';
import { type AccessPort, AuthorizerValue, ResourceCheck } from '../../cel/library/authorization.ts';
import type { Value } from '../../cel/values.ts';
import { NAMESPACE_TYPE, REQUEST_TYPE } from '../../kinds/common/admission/expressions.ts';
import { shown } from '../../kinds/conversion.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf, type Resource } from '../../kinds/resource.ts';
import { NAMESPACES } from '../../kinds/resources.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import type { Attributes } from '../plugin.ts';

/** Of a group, version and kind or resource. */
const kindOf = ({ group, version, kind }: Resource) => ({ group, version, kind });
const resourceOf = ({ group, version, plural }: Resource) => ({ group, version, resource: plural });

/** `admission.k8s.io/v1` AdmissionRequest but for uid, object and oldObject. `as` is the kind as which the request matched. */
export function admissionRequestOf(attributes: Attributes, as: Kind): Record<string, unknown> {
  const { kind, operation, subresource, user, requestedName, dryRun = false, options, objectKind } = attributes;
  const namespace = kind.resource.namespaced || isNamespace(attributes) ? attributes.namespace : undefined;
  const sub = (name: string) => (subresource === '' ? {} : { [name]: subresource });
  return {
    kind: objectKind ?? kindOf(as.resource),
    resource: resourceOf(as.resource),
    ...sub('subResource'),
    requestKind: objectKind ?? kindOf(kind.resource),
    requestResource: resourceOf(kind.resource),
    ...sub('requestSubResource'),
    ...(requestedName === '' ? {} : { name: requestedName }),
    ...(namespace ? { namespace } : {}),
    operation: operation.toUpperCase(),
    userInfo: userInfoOf(user),
    dryRun,
    options: options ?? null,
  };
}

function userInfoOf({ username, uid, groups, extra }: UserInfo): Record<string, unknown> {
  return {
    username,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

const isNamespace = ({ kind: { resource } }: Attributes): boolean =>
  resource.group === '' && resource.plural === NAMESPACES.plural;

/** An object as the version `as` shows it. Throws `ConversionNeeded` when somebody else has to convert it. */
export function versionedObject(
  object: Readonly<KubeObject> | undefined,
  own: Kind,
  as: Kind,
): Readonly<KubeObject> | undefined {
  if (!object) return undefined;
  const typed = object.apiVersion
    ? object
    : { apiVersion: apiVersionOf(own.resource), kind: own.resource.kind, ...object };
  if (own === as) return typed;
  const kept = own.conversion?.convert ? own.conversion.convert(typed, own.conversion.storedAs) : typed;
  return shown(as, kept);
}

/** The object as it will be, or as it was, in the version `as`; what is not of the resource's own kind has no others. */
export function shownObject(attributes: Attributes, which: 'object' | 'old', as: Kind): Readonly<KubeObject> | null {
  const { kind, objectKind } = attributes;
  const object = attributes[which];
  return (objectKind ? object : versionedObject(object, kind, as)) ?? null;
}

export interface ActivationOptions {
  readonly attributes: Attributes;
  readonly environment: AdmissionEnvironment;
  /** The kind as which the request matched. */
  readonly as: Kind;
  readonly params?: Readonly<KubeObject>;
  /** The variable `variables`. */
  readonly variables?: Value | undefined;
  /** False: expressions may not ask who may do what. */
  readonly hasAuthorizer?: boolean;
}

export function createActivation(options: ActivationOptions): Activation {
  const { attributes, environment, as, params, variables, hasAuthorizer = true } = options;
  const { user } = attributes;
  const authorizer = hasAuthorizer ? environment.authorizer : undefined;
  const made = new Map<string, Value | undefined>();
  const make = (name: string): Value | undefined => {
    switch (name) {
      case 'object':
        return fromJson(shownObject(attributes, 'object', as));
      case 'oldObject':
        return fromJson(shownObject(attributes, 'old', as));
      case 'request':
        return fromJson(admissionRequestOf(attributes, as), REQUEST_TYPE);
      case 'namespaceObject':
        return fromJson(namespaceObjectOf(attributes, environment), NAMESPACE_TYPE);
      case 'params':
        return fromJson(params ?? null);
      case 'variables':
        return variables;
      case 'authorizer':
        return authorizer && new AuthorizerValue(accessOf(authorizer, user));
      case 'authorizer.requestResource':
        return authorizer && requestCheck(authorizer, attributes);
      default:
        return undefined;
    }
  };
  return (name) => {
    if (!made.has(name)) made.set(name, make(name));
    return made.get(name);
  };
}

function namespaceObjectOf(attributes: Attributes, { cluster }: AdmissionEnvironment): unknown {
  const { namespace, kind } = attributes;
  if (!namespace || !kind.resource.namespaced || isNamespace(attributes)) return null;
  return cluster.get(NAMESPACES, { name: namespace }) ?? null;
}

const accessOf = (authorizer: Authorizer, user: UserInfo): AccessPort => ({
  check(question, serviceAccount) {
    const asked: AccessAttributes =
      'path' in question
        ? question
        : {
            verb: question.verb,
            group: question.group,
            version: '*',
            resource: question.resource,
            subresource: question.subresource,
            namespace: question.namespace,
            name: question.name,
            ...readSelectors(question.fieldSelector, question.labelSelector),
          };
    return authorizer.authorize(serviceAccount ? accountUser(serviceAccount) : user, asked);
  },
});

function accountUser({ namespace, name }: { namespace: string; name: string }): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

function requestCheck(authorizer: Authorizer, attributes: Attributes): ResourceCheck {
  const { kind, subresource, namespace = '', requestedName, user } = attributes;
  return new ResourceCheck(new AuthorizerValue(accessOf(authorizer, user)), {
    group: kind.resource.group,
    resource: kind.resource.plural,
    subresource,
    namespace,
    name: requestedName,
    fieldSelector: '',
    labelSelector: '',
  });
}
