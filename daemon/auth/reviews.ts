/**
 * Answers to questions about access and identity: the SubjectAccessReview family (`authorization.k8s.io/v1`), TokenReview and
 * SelfSubjectReview (`authentication.k8s.io/v1`). They are computed, never kept.
 */

import type { KubeObject } from '../base/object.ts';
import { badRequest, internalError } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Authenticator } from './authenticate.ts';
import type { PolicyRule } from './rbac.ts';
import type { Attributes, Authorizer, UserInfo } from './user.ts';

interface AccessSpec {
  resourceAttributes?: {
    namespace?: string;
    verb?: string;
    group?: string;
    version?: string;
    resource?: string;
    subresource?: string;
    name?: string;
  };
  nonResourceAttributes?: { path?: string; verb?: string };
  user?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}

export interface ReviewerOptions {
  authorizer: Authorizer & { rulesFor(user: UserInfo, namespace: string): PolicyRule[] };
  authenticator: Authenticator;
}

/** Answers kinds that are not kept: SubjectAccessReview and its like, TokenReview. */
export interface Reviewer {
  /** The object with its status filled in. Throws StatusError. */
  review(kind: Kind, object: KubeObject, user: UserInfo, namespace: string | undefined): Promise<KubeObject>;
}

export function createReviewer({ authorizer, authenticator }: ReviewerOptions): Reviewer {
  const access = (user: UserInfo, spec: AccessSpec) => {
    const { allowed, reason } = authorizer.authorize(user, attributesOf(spec));
    return { allowed, ...(reason ? { reason } : {}) };
  };
  const answers: Record<
    string,
    (object: KubeObject & { spec?: never }, user: UserInfo, namespace: string | undefined) => Promise<object> | object
  > = {
    SelfSubjectAccessReview: ({ spec }, user) => access(user, spec ?? {}),
    SubjectAccessReview: ({ spec }) => access(subjectOf(spec ?? {}), spec ?? {}),
    LocalSubjectAccessReview: ({ spec }) => access(subjectOf(spec ?? {}), spec ?? {}),
    SelfSubjectRulesReview: ({ spec }, user) =>
      rulesStatus(authorizer.rulesFor(user, (spec as { namespace?: string } | undefined)?.namespace ?? '')),
    SelfSubjectReview: (_, user) => ({ userInfo: infoOf(user) }),
    TokenReview: ({ spec }) => tokenStatus(authenticator, (spec ?? {}) as TokenSpec),
  };
  return {
    async review(kind, object, user, namespace) {
      const answer = answers[kind.resource.kind];
      if (!answer) throw internalError(new Error(`nothing answers a ${kind.resource.kind}`));
      return {
        ...object,
        status: await answer(object as KubeObject & { spec?: never }, user, namespace),
      } as KubeObject;
    },
  };
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: AccessSpec): Attributes {
  if (nonResourceAttributes) return { verb: nonResourceAttributes.verb ?? '', path: nonResourceAttributes.path ?? '' };
  const { verb = '', group = '', version, resource = '', subresource, namespace, name } = resourceAttributes ?? {};
  return { verb, group, version, resource, subresource, namespace: namespace || undefined, name };
}

function subjectOf({ user = '', uid, groups = [], extra }: AccessSpec): UserInfo {
  return { username: user, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function infoOf({ username, uid, groups, extra }: UserInfo): object {
  return { username, ...(uid ? { uid } : {}), groups, ...(extra && Object.keys(extra).length > 0 ? { extra } : {}) };
}

function rulesStatus(rules: readonly PolicyRule[]): object {
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
  return { resourceRules, nonResourceRules, incomplete: false };
}

interface TokenSpec {
  token?: string;
  audiences?: string[];
}

async function tokenStatus(authenticator: Authenticator, { token, audiences }: TokenSpec): Promise<object> {
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  const user = await authenticator.review(token, audiences?.length ? audiences : undefined);
  if (!user) return { user: {}, error: 'invalid bearer token' };
  return { authenticated: true, user: infoOf(user), ...(audiences?.length ? { audiences } : {}) };
}
