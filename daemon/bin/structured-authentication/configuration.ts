/**
 * Structured authentication: an `apiserver.config.k8s.io` AuthenticationConfiguration as a file has it, checked field by field
 * (`apiserver/pkg/apis/apiserver/validation`). Says what the file means; compiling its expressions and using it is others' part.
 */

import { X509Certificate } from 'node:crypto';
import {
  duplicate,
  type FieldError,
  type FieldPath,
  formatFieldError,
  invalidValue,
  notSupported,
  path,
  required,
  tooMany,
} from '../../base/field.ts';
import { isObject } from '../../base/json.ts';
import { checkShape, type Shape } from '../document-shape.ts';

export interface ClaimOrExpression {
  claim?: string;
  prefix?: string;
  expression?: string;
}

export interface JwtConfiguration {
  issuer: {
    url: string;
    discoveryURL?: string;
    certificateAuthority?: string;
    audiences: readonly string[];
    audienceMatchPolicy?: string;
  };
  claimValidationRules?: readonly { claim?: string; requiredValue?: string; expression?: string; message?: string }[];
  claimMappings: {
    username: ClaimOrExpression;
    groups?: ClaimOrExpression;
    uid?: ClaimOrExpression;
    extra?: readonly { key: string; valueExpression: string }[];
  };
  userValidationRules?: readonly { expression: string; message?: string }[];
}

export interface AuthenticationConfiguration {
  jwt?: readonly JwtConfiguration[];
  anonymous?: { enabled: boolean; conditions?: readonly { path: string }[] };
}

const GROUP = 'apiserver.config.k8s.io';
const VERSIONS = ['v1beta1', 'v1alpha1'];
const JWT_MAX = 64;
const KEY = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\/[^A-Z\s]+$/;

const CLAIM: Shape = { claim: 'string', prefix: 'string', expression: 'string' };
const DOCUMENT: Shape = {
  apiVersion: 'string',
  kind: 'string',
  jwt: [
    {
      issuer: {
        url: 'string',
        discoveryURL: 'string',
        certificateAuthority: 'string',
        audiences: 'strings',
        audienceMatchPolicy: 'string',
      },
      claimValidationRules: [{ claim: 'string', requiredValue: 'string', expression: 'string', message: 'string' }],
      claimMappings: {
        username: CLAIM,
        groups: CLAIM,
        uid: { claim: 'string', expression: 'string' },
        extra: [{ key: 'string', valueExpression: 'string' }],
      },
      userValidationRules: [{ expression: 'string', message: 'string' }],
    },
  ],
  anonymous: { enabled: 'boolean', conditions: [{ path: 'string' }] },
};

/** `ownIssuer`: whose tokens are known already. Throws with the file and every field that is wrong. */
export function readAuthenticationConfiguration(
  document: unknown,
  file: string,
  ownIssuer: string,
): AuthenticationConfiguration {
  const fail = (why: string) => new Error(`--authentication-config ${file}: ${why}`);
  const { apiVersion, kind } = isObject(document) ? document : {};
  if (!VERSIONS.some((version) => apiVersion === `${GROUP}/${version}`) || kind !== 'AuthenticationConfiguration')
    throw fail(`expected an AuthenticationConfiguration of ${GROUP}/${VERSIONS[0]}`);
  const misshapen = checkShape(document, DOCUMENT, path());
  if (misshapen.length > 0) throw fail(misshapen.join('; '));
  const configuration = document as AuthenticationConfiguration;
  const errors = [...checkAll(configuration, ownIssuer), ...checkAnonymous(configuration)];
  if (errors.length > 0) throw fail(errors.map(formatFieldError).join('; '));
  return configuration;
}

function checkAll({ jwt = [] }: AuthenticationConfiguration, ownIssuer: string): FieldError[] {
  const at = path('jwt');
  if (jwt.length > JWT_MAX) return [tooMany(at, jwt.length, JWT_MAX)];
  const seen = new Set<string>();
  return jwt.flatMap((one, index) => {
    const here = at.index(index);
    const { url = '', discoveryURL } = one.issuer ?? {};
    const twice = [url, discoveryURL].filter((text) => text && seen.has(text));
    for (const text of [url, discoveryURL]) if (text) seen.add(text);
    return [
      ...twice.map((text) => duplicate(here.child('issuer').child(text === url ? 'url' : 'discoveryURL'), text)),
      ...checkIssuer(one.issuer ?? {}, here.child('issuer'), ownIssuer),
      ...checkRules(one.claimValidationRules ?? [], here.child('claimValidationRules')),
      ...checkMappings(one.claimMappings ?? {}, here.child('claimMappings')),
      ...checkUserRules(one.userValidationRules ?? [], here.child('userValidationRules')),
    ];
  });
}

function checkUrl(text: string, at: FieldPath): FieldError[] {
  if (!URL.canParse(text)) return [invalidValue(at, text, 'expected a URL')];
  const { protocol, username, password, search, hash } = new URL(text);
  const wrong = (isWrong: boolean, why: string) => (isWrong ? [invalidValue(at, text, why)] : []);
  return [
    ...wrong(protocol !== 'https:', 'URL scheme must be https'),
    ...wrong(username !== '' || password !== '', 'URL must not contain a username or password'),
    ...wrong(search !== '', 'URL must not contain a query'),
    ...wrong(hash !== '', 'URL must not contain a fragment'),
  ];
}

function checkIssuer(issuer: Partial<JwtConfiguration['issuer']>, at: FieldPath, ownIssuer: string): FieldError[] {
  const { url = '', discoveryURL = '', audiences = [], audienceMatchPolicy = '', certificateAuthority = '' } = issuer;
  const errors: FieldError[] = [];
  const urlAt = at.child('url');
  if (url === '') errors.push(required(urlAt, 'URL is required'));
  else errors.push(...checkUrl(url, urlAt));
  if (url === ownIssuer)
    errors.push(invalidValue(urlAt, url, `URL must not overlap with disallowed issuers: [${url}]`));
  if (discoveryURL !== '') errors.push(...checkUrl(discoveryURL, at.child('discoveryURL')));
  if (discoveryURL !== '' && discoveryURL.replace(/\/$/, '') === url.replace(/\/$/, ''))
    errors.push(invalidValue(at.child('discoveryURL'), discoveryURL, 'discoveryURL must be different from URL'));
  const audiencesAt = at.child('audiences');
  if (audiences.length === 0) errors.push(required(audiencesAt, 'at least one jwt.issuer.audiences is required'));
  for (const [index, audience] of audiences.entries()) {
    if (audience === '') errors.push(required(audiencesAt.index(index), "audience can't be empty"));
    if (audiences.indexOf(audience) !== index) errors.push(duplicate(audiencesAt.index(index), audience));
  }
  const policyAt = at.child('audienceMatchPolicy');
  if (audienceMatchPolicy !== '' && audienceMatchPolicy !== 'MatchAny')
    errors.push(notSupported(policyAt, audienceMatchPolicy, ['MatchAny']));
  else if (audiences.length > 1 && audienceMatchPolicy !== 'MatchAny')
    errors.push(
      invalidValue(policyAt, audienceMatchPolicy, 'audienceMatchPolicy must be MatchAny for multiple audiences'),
    );
  if (certificateAuthority !== '' && !isCertificate(certificateAuthority))
    errors.push(invalidValue(at.child('certificateAuthority'), '<omitted>', 'expected certificates in PEM'));
  return errors;
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function checkRules(rules: NonNullable<JwtConfiguration['claimValidationRules']>, at: FieldPath): FieldError[] {
  return rules.flatMap(({ claim = '', requiredValue = '', expression = '', message = '' }, index) => {
    const here = at.index(index);
    if (claim !== '' && expression !== '') return [invalidValue(here, claim, "claim and expression can't both be set")];
    if (claim === '' && expression === '') return [required(here, 'claim or expression is required')];
    if (claim !== '' && message !== '')
      return [invalidValue(here.child('message'), message, "message can't be set when claim is set")];
    if (expression !== '' && requiredValue !== '')
      return [
        invalidValue(here.child('requiredValue'), requiredValue, "requiredValue can't be set when expression is set"),
      ];
    const isTwice = rules.findIndex((one) => (claim ? one.claim === claim : one.expression === expression)) !== index;
    return isTwice ? [duplicate(here.child(claim ? 'claim' : 'expression'), claim || expression)] : [];
  });
}

function checkMappings(mappings: Partial<JwtConfiguration['claimMappings']>, at: FieldPath): FieldError[] {
  const { username, groups, uid, extra = [] } = mappings;
  const errors = checkMapping(username ?? {}, at.child('username'), true, true);
  if (groups) errors.push(...checkMapping(groups, at.child('groups'), false, true));
  if (uid) errors.push(...checkMapping(uid, at.child('uid'), false, false));
  for (const [index, { key = '', valueExpression = '' }] of extra.entries()) {
    const here = at.child('extra').index(index);
    if (key === '') errors.push(required(here.child('key'), 'key is required'));
    else if (!KEY.test(key))
      errors.push(invalidValue(here.child('key'), key, 'expected a lower-case domain and path, as example.org/tenant'));
    else if (/(?:^|\.)(?:kubernetes|k8s)\.io\//.test(key))
      errors.push(
        invalidValue(
          here.child('key'),
          key,
          'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
        ),
      );
    if (extra.findIndex((one) => one.key === key) !== index) errors.push(duplicate(here.child('key'), key));
    if (valueExpression === '') errors.push(required(here.child('valueExpression'), 'valueExpression is required'));
  }
  return errors;
}

function checkMapping(
  { claim = '', prefix, expression = '' }: ClaimOrExpression,
  at: FieldPath,
  isRequired: boolean,
  hasPrefix: boolean,
): FieldError[] {
  if (claim !== '' && expression !== '') return [invalidValue(at, '', "claim and expression can't both be set")];
  if (claim === '' && expression === '') return isRequired ? [required(at, 'claim or expression is required')] : [];
  if (expression !== '' && prefix !== undefined)
    return [invalidValue(at.child('prefix'), prefix, "prefix can't be set when expression is set")];
  if (claim !== '' && hasPrefix && prefix === undefined)
    return [
      required(
        at.child('prefix'),
        'prefix is required when claim is set. It can be set to an empty string to disable prefixing',
      ),
    ];
  return [];
}

function checkUserRules(rules: NonNullable<JwtConfiguration['userValidationRules']>, at: FieldPath): FieldError[] {
  return rules.flatMap(({ expression = '' }, index) => {
    const here = at.index(index).child('expression');
    if (expression === '') return [required(here, 'expression is required')];
    return rules.findIndex((one) => one.expression === expression) === index ? [] : [duplicate(here, expression)];
  });
}

function checkAnonymous({ anonymous }: AuthenticationConfiguration): FieldError[] {
  const { enabled, conditions = [] } = anonymous ?? {};
  const at = path('anonymous');
  if (anonymous && enabled === undefined) return [required(at.child('enabled'))];
  if (enabled === false && conditions.length > 0)
    return [invalidValue(at.child('conditions'), '', 'enabled should be set to true when conditions are defined')];
  return conditions.flatMap(({ path: text = '' }, index) =>
    text.startsWith('/')
      ? []
      : [invalidValue(at.child('conditions').index(index).child('path'), text, 'expected a path, as /livez')],
  );
}

/** Without a word all paths are open to requests that are nobody's; what they may do is for roles to say. */
export function isAnonymousAllowed({ anonymous }: AuthenticationConfiguration, requested: string): boolean {
  if (!anonymous) return true;
  const { enabled, conditions = [] } = anonymous;
  return enabled && (conditions.length === 0 || conditions.some((one) => one.path === requested));
}
