/**
 * Answers to questions about access and identity: the SubjectAccessReview family (`authorization.k8s.io/v1`), TokenReview and
 * SelfSubjectReview (`authentication.k8s.io/v1`). They are computed, never kept.
 */

import { type FieldSelector, parseFieldSelector } from '../base/field-selector.ts';
import type { KubeObject } from '../base/object.ts';
import { parseSelector, type Selector, selectorOf } from '../base/selector.ts';
import { badRequest, internalError } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Authenticator } from './authenticate.ts';
import type { Attributes, RuleAuthorizer, RuleSet, UserInfo } from './user.ts';

interface SelectorAttributes {
  rawSelector?: string;
  requirements?: { key: string; operator: string; values?: string[] }[];
}

interface AccessSpec {
  resourceAttributes?: {
    namespace?: string;
    verb?: string;
    group?: string;
    version?: string;
    resource?: string;
    subresource?: string;
    name?: string;
    fieldSelector?: SelectorAttributes;
    labelSelector?: SelectorAttributes;
  };
  nonResourceAttributes?: { path?: string; verb?: string };
  user?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}

export interface ReviewerOptions {
  authorizer: RuleAuthorizer;
  authenticator: Authenticator;
  /** Of the request that is being answered, for the audit. */
  annotate?(key: string, value: string): void;
}

type Answer = (object: KubeObject & { spec?: never }, user: UserInfo) => Promise<object> | object;

/** Answers kinds that are not kept: SubjectAccessReview and its like, TokenReview. */
export interface Reviewer {
  /** The object with its status filled in. Throws StatusError. */
  review(kind: Kind, object: KubeObject, user: UserInfo, namespace: string | undefined): Promise<KubeObject>;
}

export function createReviewer({ authorizer, authenticator, annotate }: ReviewerOptions): Reviewer {
  const access = (user: UserInfo, spec: AccessSpec) => {
    const { attributes, ignored } = attributesOf(spec);
    const { allowed, reason } = authorizer.authorize(user, attributes);
    const evaluationError = ignored.length > 1 ? `[${ignored.join(', ')}]` : ignored[0];
    return { allowed, ...(reason ? { reason } : {}), ...(evaluationError ? { evaluationError } : {}) };
  };
  const answers: Record<string, Answer> = {
    SelfSubjectAccessReview: ({ spec }, user) => access(user, spec ?? {}),
    SubjectAccessReview: ({ spec }) => access(subjectOf(spec ?? {}), spec ?? {}),
    LocalSubjectAccessReview: ({ spec }) => access(subjectOf(spec ?? {}), spec ?? {}),
    SelfSubjectRulesReview: ({ spec }, user) => {
      const { namespace: asked } = (spec ?? {}) as { namespace?: string };
      if (!asked) throw badRequest('no namespace on request');
      return rulesStatus(authorizer.rulesFor(user, asked));
    },
    SelfSubjectReview: (_, user) => ({ userInfo: infoOf(user) }),
    TokenReview: ({ spec }) => tokenStatus(authenticator, (spec ?? {}) as TokenSpec, annotate),
  };
  return {
    async review(kind, object, user) {
      const answer = answers[kind.resource.kind];
      if (!answer) throw internalError(new Error(`nothing answers a ${kind.resource.kind}`));
      const status = await answer(object as KubeObject & { spec?: never }, user);
      // Upstream answers what was asked for, but in this case.
      const spec = kind.resource.kind === 'SelfSubjectRulesReview' ? { spec: {} } : {};
      const answered: KubeObject & { status: object } = { ...object, ...spec, status };
      return answered;
    },
  };
}

/** What is asked, and which selectors could not be read and count for nothing: then more is asked for, never less. */
function attributesOf({ resourceAttributes, nonResourceAttributes }: AccessSpec): {
  attributes: Attributes;
  ignored: string[];
} {
  if (nonResourceAttributes) {
    const { verb = '', path = '' } = nonResourceAttributes;
    return { attributes: { verb, path }, ignored: [] };
  }
  const { verb = '', group = '', version, resource = '', subresource, namespace, name } = resourceAttributes ?? {};
  const ignored: string[] = [];
  const tell = (selector: string) => (isPartial: boolean) => {
    const how = isPartial ? 'partially ignored' : 'ignored';
    ignored.push(`spec.resourceAttributes.${selector} ${how} due to parse error`);
  };
  const fieldSelector = fieldsOf(resourceAttributes?.fieldSelector, tell('fieldSelector'));
  const labelSelector = labelsOf(resourceAttributes?.labelSelector, tell('labelSelector'));
  return {
    attributes: {
      ...{ verb, group, version, resource, subresource, name },
      namespace: namespace || undefined,
      ...(fieldSelector.length > 0 ? { fieldSelector } : {}),
      ...(labelSelector.length > 0 ? { labelSelector } : {}),
    },
    ignored,
  };
}

type TellIgnored = (isPartial: boolean) => void;

/** Requirements `In` and `NotIn` of one value are `=` and `!=`; a field selector knows no others. */
function fieldsOf(selector: SelectorAttributes | undefined, tell: TellIgnored): FieldSelector {
  if (selector?.rawSelector) return readOrIgnore(() => parseFieldSelector(selector.rawSelector!), tell);
  const read: FieldSelector[number][] = [];
  const requirements = selector?.requirements ?? [];
  for (const { key, operator, values = [] } of requirements) {
    const sign = operator === 'In' ? '=' : operator === 'NotIn' ? '!=' : undefined;
    if (sign && values.length === 1 && key !== '') read.push({ field: key, operator: sign, value: values[0]! });
  }
  if (read.length < requirements.length) tell(read.length > 0);
  return read;
}

function labelsOf(selector: SelectorAttributes | undefined, tell: TellIgnored): Selector {
  if (selector?.rawSelector) return readOrIgnore(() => parseSelector(selector.rawSelector!), tell);
  const requirements = selector?.requirements ?? [];
  const read = requirements.flatMap((one) => {
    try {
      return selectorOf({ matchExpressions: [one] }) ?? [];
    } catch {
      return [];
    }
  });
  if (read.length < requirements.length) tell(read.length > 0);
  return read;
}

function readOrIgnore<T>(read: () => readonly T[], tell: TellIgnored): readonly T[] {
  try {
    return read();
  } catch {
    tell(false);
    return [];
  }
}

function subjectOf({ user = '', uid, groups = [], extra }: AccessSpec): UserInfo {
  return { username: user, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function infoOf({ username, uid, groups, extra }: UserInfo): object {
  return { username, ...(uid ? { uid } : {}), groups, ...(extra && Object.keys(extra).length > 0 ? { extra } : {}) };
}

function rulesStatus({ rules, incomplete, error }: RuleSet): object {
  const resourceRules = rules
    .filter(({ resources }) => resources?.length)
    .map(({ verbs, apiGroups, resources, resourceNames }) => ({
      verbs,
      apiGroups,
      resources,
      ...(resourceNames?.length ? { resourceNames } : {}),
    }));
  const nonResourceRules = rules
    .filter(({ nonResourceURLs }) => nonResourceURLs?.length)
    .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  return { resourceRules, nonResourceRules, incomplete, ...(error ? { evaluationError: error } : {}) };
}

interface TokenSpec {
  token?: string;
  audiences?: string[];
}

async function tokenStatus(
  authenticator: Authenticator,
  { token, audiences }: TokenSpec,
  annotate: ReviewerOptions['annotate'] = () => {},
): Promise<object> {
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  const identity = await authenticator.review(token, audiences?.length ? audiences : undefined, {
    annotate,
    // Who has a token reviewed is not who uses it.
    warn() {},
  });
  if (!identity) return { user: {}, error: 'invalid bearer token' };
  return { authenticated: true, user: infoOf(identity.user), audiences: identity.audiences };
}
