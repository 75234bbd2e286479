/** AuthenticationConfigurations: what is refused by field, which user claims make, and who may be nobody. */

import { describe, expect, it } from 'vitest';
import { ClaimsError, createClaimMapper } from '../../daemon/bin/structured-authentication/claims.ts';
import {
  isAnonymousAllowed,
  type JwtConfiguration,
  readAuthenticationConfiguration,
} from '../../daemon/bin/structured-authentication/configuration.ts';

const ISSUER = { url: 'https://id.example.org', audiences: ['reflet'] };
const JWT: JwtConfiguration = { issuer: ISSUER, claimMappings: { username: { claim: 'sub', prefix: 'oidc:' } } };
const read = (more: object) =>
  readAuthenticationConfiguration(
    { apiVersion: 'apiserver.config.k8s.io/v1beta1', kind: 'AuthenticationConfiguration', ...more },
    'a.yaml',
    'https://own',
  );
const mapperOf = (more: Partial<JwtConfiguration>) => createClaimMapper({ ...JWT, ...more }, 'jwt[0]');

describe('a configuration', () => {
  it('is taken as it stands', () => {
    const jwt = [
      { ...JWT, issuer: { ...ISSUER, audiences: ['a', 'b'], audienceMatchPolicy: 'MatchAny' } },
      { ...JWT, issuer: { ...ISSUER, url: 'https://other', discoveryURL: 'https://inside/.well-known/x' } },
    ];
    const anonymous = { enabled: true, conditions: [{ path: '/livez' }] };
    expect(read({ jwt, anonymous })).toMatchObject({ jwt, anonymous });
    expect(read({})).toMatchObject({ kind: 'AuthenticationConfiguration' });
  });

  const withJwt = (more: object) => ({ jwt: [{ ...JWT, ...more }] });
  const issuer = (more: object) => withJwt({ issuer: { ...ISSUER, ...more } });
  const mappings = (more: object) => withJwt({ claimMappings: { ...JWT.claimMappings, ...more } });
  it.each<[object, string]>([
    [{ kind: 'Other' }, 'expected an AuthenticationConfiguration of apiserver.config.k8s.io/v1beta1'],
    [{ jwts: [] }, 'jwts: there is no such field; expected one of apiVersion, kind, jwt, anonymous'],
    [{ jwt: {} }, 'jwt: expected a list'],
    [issuer({ audiences: 'a' }), 'jwt[0].issuer.audiences: expected a list of texts'],
    [issuer({ url: '' }), 'jwt[0].issuer.url: Required value: URL is required'],
    [issuer({ url: 'http://a' }), 'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https'],
    [issuer({ url: 'https://u:p@a' }), 'URL must not contain a username or password'],
    [issuer({ url: 'https://a?b' }), 'URL must not contain a query'],
    [issuer({ url: 'https://own' }), 'URL must not overlap with disallowed issuers: [https://own]'],
    [issuer({ discoveryURL: 'https://id.example.org/' }), 'discoveryURL must be different from URL'],
    [
      issuer({ audiences: [] }),
      'jwt[0].issuer.audiences: Required value: at least one jwt.issuer.audiences is required',
    ],
    [issuer({ audiences: ['a', 'b'] }), 'audienceMatchPolicy must be MatchAny for multiple audiences'],
    [issuer({ audienceMatchPolicy: 'MatchAll' }), 'Unsupported value: "MatchAll": supported values: "MatchAny"'],
    [issuer({ certificateAuthority: 'x' }), 'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>"'],
    [{ jwt: [JWT, JWT] }, 'jwt[1].issuer.url: Duplicate value: "https://id.example.org"'],
    [mappings({ username: {} }), 'jwt[0].claimMappings.username: Required value: claim or expression is required'],
    [
      mappings({ username: { claim: 'sub' } }),
      'jwt[0].claimMappings.username.prefix: Required value: prefix is required',
    ],
    [mappings({ username: { claim: 'a', expression: 'b' } }), "claim and expression can't both be set"],
    [mappings({ groups: { expression: 'b', prefix: '' } }), "prefix can't be set when expression is set"],
    [
      mappings({ extra: [{ key: 'Tenant', valueExpression: 'a' }] }),
      'jwt[0].claimMappings.extra[0].key: Invalid value',
    ],
    [mappings({ extra: [{ key: 'a.k8s.io/x', valueExpression: 'a' }] }), 'reserved for Kubernetes use'],
    [
      withJwt({ claimValidationRules: [{}] }),
      'jwt[0].claimValidationRules[0]: Required value: claim or expression is required',
    ],
    [withJwt({ claimValidationRules: [{ claim: 'a', message: 'm' }] }), "message can't be set when claim is set"],
    [withJwt({ userValidationRules: [{ expression: '' }] }), 'userValidationRules[0].expression: Required value'],
    [
      { anonymous: { enabled: false, conditions: [{ path: '/a' }] } },
      'enabled should be set to true when conditions are defined',
    ],
    [{ anonymous: { conditions: [] } }, 'anonymous.enabled: Required value'],
    [{ anonymous: { enabled: true, conditions: [{ path: 'livez' }] } }, 'anonymous.conditions[0].path: Invalid value'],
  ])('%o is refused by field', (document, message) => {
    expect(() => read(document)).toThrow(message);
  });
});

describe('claims', () => {
  const claims = {
    sub: 'jane',
    email: 'jane@example.org',
    email_verified: true,
    roles: ['dev', 'ops'],
    tenant: 'acme',
  };

  it('are mapped by name, with prefixes', () => {
    const claimMappings = {
      username: { claim: 'sub', prefix: 'oidc:' },
      groups: { claim: 'roles', prefix: 'oidc:' },
      uid: { claim: 'tenant' },
    };
    expect(mapperOf({ claimMappings }).map({ ...claims, jti: 'j1' })).toEqual({
      username: 'oidc:jane',
      groups: ['oidc:dev', 'oidc:ops'],
      uid: 'acme',
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j1'] },
    });
  });

  it('are mapped by expressions', () => {
    const claimMappings = {
      username: { expression: 'claims.email_verified ? claims.email : ""' },
      groups: { expression: 'claims.roles.filter(role, role != "ops").map(role, "team-" + role)' },
      uid: { expression: '"id-" + claims.sub' },
      extra: [
        { key: 'example.org/tenant', valueExpression: 'claims.tenant' },
        { key: 'example.org/none', valueExpression: 'has(claims.none) ? claims.none : ""' },
      ],
    };
    const mapper = mapperOf({ claimMappings });
    expect(mapper.map(claims)).toEqual({
      username: 'jane@example.org',
      groups: ['team-dev'],
      uid: 'id-jane',
      extra: { 'example.org/tenant': ['acme'] },
    });
    expect(() => mapper.map({ ...claims, email_verified: false })).toThrow('there is no username');
    expect(() => mapper.map({ sub: 'x' })).toThrow(ClaimsError);
  });

  it('and the user that they make must satisfy the rules', () => {
    const mapper = mapperOf({
      claimValidationRules: [
        { claim: 'tenant', requiredValue: 'acme' },
        { expression: 'claims.roles.size() > 0', message: 'somebody without a role' },
      ],
      userValidationRules: [
        { expression: "!user.username.startsWith('system:')", message: 'names of the system are nobody’s' },
        { expression: "user.groups.all(group, group != 'system:masters')" },
      ],
      claimMappings: { username: { claim: 'sub', prefix: '' }, groups: { claim: 'roles', prefix: '' } },
    });
    expect(mapper.map(claims).username).toBe('jane');
    expect(() => mapper.map({ ...claims, tenant: 'other' })).toThrow('the claim tenant');
    expect(() => mapper.map({ ...claims, roles: [] })).toThrow('somebody without a role');
    expect(() => mapper.map({ ...claims, sub: 'system:admin' })).toThrow('names of the system are nobody’s');
    expect(() => mapper.map({ ...claims, roles: ['system:masters'] })).toThrow('failed userValidationRules');
  });

  it.each([
    [{ email_verified: false }, 'not verified'],
    [{ email: '' }, 'there is no username'],
    [{ email: 7 }, 'there is no username'],
    [{ roles: [1] }, 'groups: expected texts'],
  ])('of which no user can be made: %o', (wrong, message) => {
    const claimMappings = { username: { claim: 'email', prefix: '' }, groups: { claim: 'roles', prefix: '' } };
    expect(() => mapperOf({ claimMappings }).map({ ...claims, ...wrong } as never)).toThrow(message);
  });

  it('cannot make an expression run for long', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `r${index}`);
    const expression = 'claims.roles.filter(a, claims.roles.all(b, claims.roles.exists(c, c == a + b)))';
    const claimMappings = { ...JWT.claimMappings, groups: { expression } };
    expect(() => mapperOf({ claimMappings }).map({ ...claims, roles: many })).toThrow(/cost limit exceeded|budget/);
  });

  it.each<[Partial<JwtConfiguration>, string]>([
    [
      { claimMappings: { username: { expression: 'claims.' } } },
      'jwt[0].claimMappings.username.expression: compilation failed',
    ],
    [
      { claimMappings: { username: { expression: '1' } } },
      'jwt[0].claimMappings.username.expression: must evaluate to string',
    ],
    [{ claimMappings: { username: { expression: 'claims.email' } } }, 'claims.email_verified must be used'],
    [
      { claimValidationRules: [{ expression: '"yes"' }] },
      'jwt[0].claimValidationRules[0].expression: must evaluate to bool',
    ],
    [{ userValidationRules: [{ expression: 'user.age > 3' }] }, "undefined field 'age'"],
  ])('expressions that cannot be are refused at the start: %o', (wrong, message) => {
    expect(() => mapperOf(wrong)).toThrow(message);
  });
});

it('requests that are nobody’s are let in where the configuration says', () => {
  expect(isAnonymousAllowed(read({}), '/api')).toBe(true);
  expect(isAnonymousAllowed(read({ anonymous: { enabled: true } }), '/api')).toBe(true);
  expect(isAnonymousAllowed(read({ anonymous: { enabled: false } }), '/livez')).toBe(false);
  const some = read({ anonymous: { enabled: true, conditions: [{ path: '/livez' }] } });
  expect(isAnonymousAllowed(some, '/livez')).toBe(true);
  expect(isAnonymousAllowed(some, '/livez/ping')).toBe(false);
});
