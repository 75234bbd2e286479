/**
 * From the claims of a verified token to a user, as an AuthenticationConfiguration says: rules that claims must satisfy, mappings by claim or
 * expression, rules that the user must satisfy (KEP-3331). Expressions see `claims`, or `user`; what they cost is bounded.
 */

import type { JWTPayload } from 'jose';
import type { UserInfo } from '../../auth/user.ts';
import { isObject } from '../../base/json.ts';
import { Budget } from '../../cel/budget.ts';
import { compile, type Program } from '../../cel/compile.ts';
import { createEnvironment } from '../../cel/environment.ts';
import { fromJson, toJson } from '../../cel/json.ts';
import * as types from '../../cel/types.ts';
import type { ClaimOrExpression, JwtConfiguration } from './configuration.ts';

/** A token is not this configuration's user: why, for the log. */
export class ClaimsError extends Error {}

const { STRING, listOf, mapOf, objectOf } = types;
const USER = objectOf('kubernetes.UserInfo', {
  ...{ username: STRING, uid: STRING, groups: listOf(STRING), extra: mapOf(STRING, listOf(STRING)) },
});
const CLAIMS_ENVIRONMENT = createEnvironment({ claims: mapOf(STRING, types.DYN) });
const USER_ENVIRONMENT = createEnvironment({ user: USER });
const TEXT_KINDS = ['string', 'dyn'];
const TEXTS_KINDS = ['string', 'list', 'dyn', 'null'];

export interface ClaimMapper {
  /** Throws ClaimsError for claims of which no user can be made. */
  map(claims: JWTPayload): UserInfo;
}

interface Evaluation {
  readonly claims: JWTPayload;
  readonly budget: Budget;
}
type Read = (evaluation: Evaluation) => unknown;

/** Throws with the place of an expression that cannot be compiled. */
export function createClaimMapper(configuration: JwtConfiguration, at: string): ClaimMapper {
  const { claimMappings, claimValidationRules = [], userValidationRules = [] } = configuration;
  requireVerifiedEmail(configuration, at);
  const mappings = `${at}.claimMappings`;
  const username = readerOf(claimMappings.username, `${mappings}.username`, TEXT_KINDS);
  const groups = claimMappings.groups && readerOf(claimMappings.groups, `${mappings}.groups`, TEXTS_KINDS);
  const uid = claimMappings.uid && readerOf(claimMappings.uid, `${mappings}.uid`, TEXT_KINDS);
  const extra = (claimMappings.extra ?? []).map(({ key, valueExpression }, index) => ({
    key,
    read: byExpression(valueExpression, `${mappings}.extra[${index}].valueExpression`, TEXTS_KINDS),
  }));
  const claimRules = claimValidationRules.map((rule, index) => claimRule(rule, `${at}.claimValidationRules[${index}]`));
  const userRules = userValidationRules.map(({ expression, message }, index) => ({
    program: compiled(expression, USER_ENVIRONMENT, `${at}.userValidationRules[${index}].expression`, ['bool', 'dyn']),
    message: message || `failed userValidationRules: ${expression}`,
  }));
  return {
    map(claims) {
      const evaluation: Evaluation = { claims, budget: new Budget() };
      for (const check of claimRules) check(evaluation);
      const made: UserInfo = {
        username: nameOf(username(evaluation), claimMappings.username, claims),
        groups: groups ? textsOf('groups', groups(evaluation), claimMappings.groups?.prefix) : [],
        ...(uid ? uidOf(uid(evaluation)) : {}),
        ...extraOf(extra, evaluation),
      };
      const value = fromJson(made, USER);
      for (const { program, message } of userRules) {
        if (run(program, (name) => (name === 'user' ? value : undefined), evaluation.budget) !== true)
          throw new ClaimsError(message);
      }
      return withCredentialId(made, claims);
    },
  };
}

/** A name that is an address is the user's own word until the provider has verified it. */
function requireVerifiedEmail({ claimMappings, claimValidationRules = [] }: JwtConfiguration, at: string): void {
  const { username, extra = [] } = claimMappings;
  if (!/\bclaims\.email\b/.test(username.expression ?? '')) return;
  const expressions = [
    username.expression,
    ...extra.map(({ valueExpression }) => valueExpression),
    ...claimValidationRules.map(({ expression }) => expression),
  ];
  if (expressions.some((one) => /\bclaims\.(?:\?)?email_verified\b/.test(one ?? ''))) return;
  throw new Error(
    `${at}.claimMappings.username.expression: claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression`,
  );
}

function compiled(
  source: string,
  environment: Parameters<typeof compile>[1],
  at: string,
  kinds: readonly string[],
): Program {
  const outcome = compile(source, environment);
  if (!('program' in outcome)) throw new Error(`${at}: compilation failed: ${outcome.message}`);
  const { kind } = outcome.program.type;
  if (kinds.includes(kind)) return outcome.program;
  throw new Error(`${at}: must evaluate to ${kinds.filter((one) => one !== 'dyn').join(' or ')}`);
}

function run(program: Program, activation: Parameters<Program['evaluate']>[0], budget: Budget): unknown {
  const outcome = program.evaluate(activation, budget);
  if ('value' in outcome) return toJson(outcome.value);
  throw new ClaimsError(`expression '${program.source}' resulted in error: ${outcome.error}`);
}

function byExpression(source: string, at: string, kinds: readonly string[]): Read {
  const program = compiled(source, CLAIMS_ENVIRONMENT, at, kinds);
  return ({ claims, budget }) => run(program, (name) => (name === 'claims' ? fromJson(claims) : undefined), budget);
}

const own = (claims: JWTPayload, claim: string): unknown => (Object.hasOwn(claims, claim) ? claims[claim] : undefined);

function readerOf({ claim = '', expression = '' }: ClaimOrExpression, at: string, kinds: readonly string[]): Read {
  if (expression !== '') return byExpression(expression, `${at}.expression`, kinds);
  return ({ claims }) => (claim === '' ? undefined : own(claims, claim));
}

function claimRule(
  rule: NonNullable<JwtConfiguration['claimValidationRules']>[number],
  at: string,
): (evaluation: Evaluation) => void {
  const { claim = '', requiredValue = '', expression = '', message = '' } = rule;
  if (expression === '')
    return ({ claims }) => {
      if (own(claims, claim) !== requiredValue) throw new ClaimsError(`the claim ${claim} is not what it has to be`);
    };
  const program = compiled(expression, CLAIMS_ENVIRONMENT, `${at}.expression`, ['bool', 'dyn']);
  return ({ claims, budget }) => {
    const holds = run(program, (name) => (name === 'claims' ? fromJson(claims) : undefined), budget);
    if (holds !== true) throw new ClaimsError(message || `validation expression '${expression}' failed`);
  };
}

function nameOf(value: unknown, { claim, prefix = '' }: ClaimOrExpression, claims: JWTPayload): string {
  if (typeof value !== 'string' || value === '') throw new ClaimsError('there is no username');
  const verified = own(claims, 'email_verified');
  if (claim === 'email' && verified !== undefined && verified !== true)
    throw new ClaimsError('the e-mail address is not verified');
  return prefix + value;
}

/** A text, a list of them, or nothing. */
function textsOf(what: string, value: unknown, prefix = ''): string[] {
  if (value === undefined || value === null || value === '') return [];
  const list = [value].flat();
  if (!list.every((one) => typeof one === 'string')) throw new ClaimsError(`${what}: expected texts`);
  return list.filter((one) => one !== '').map((one) => prefix + one);
}

function uidOf(value: unknown): Pick<UserInfo, 'uid'> {
  if (typeof value !== 'string') throw new ClaimsError('the uid is no text');
  return value === '' ? {} : { uid: value };
}

function extraOf(mappings: readonly { key: string; read: Read }[], evaluation: Evaluation): Pick<UserInfo, 'extra'> {
  const entries = mappings
    .map(({ key, read }) => [key, textsOf(key, read(evaluation))] as const)
    .filter(([, values]) => values.length > 0);
  return entries.length > 0 ? { extra: Object.fromEntries(entries) } : {};
}

function withCredentialId(user: UserInfo, { jti }: JWTPayload): UserInfo {
  if (typeof jti !== 'string' || jti === '') return user;
  const extra = isObject(user.extra) ? user.extra : {};
  return { ...user, extra: { ...extra, 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] } };
}
