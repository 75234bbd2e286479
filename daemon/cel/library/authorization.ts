/**
 * Kubernetes' authorizer library: `authorizer.group('apps').resource('deployments').check('create').allowed()`.
 */

import { CelError } from '../errors.ts';
import { defineFunctions } from '../overload.ts';
import { Opaque } from '../values.ts';

export interface ResourceAccess {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector: string;
  readonly labelSelector: string;
}

export type AccessQuestion =
  | { readonly verb: string; readonly path: string }
  | ({ readonly verb: string } & ResourceAccess);

export interface AccessAnswer {
  readonly allowed: boolean;
  readonly reason: string;
  /** Why no answer could be found. */
  readonly error?: string;
}

/** Who is asked what a user may do: the user of the request, or a service account in place of it. */
export interface AccessPort {
  check(question: AccessQuestion, serviceAccount: { namespace: string; name: string } | undefined): AccessAnswer;
}

/** The value of the variable `authorizer`. */
export class AuthorizerValue extends Opaque {
  readonly typeName = 'kubernetes.authorization.Authorizer';
  readonly port: AccessPort;
  readonly account: { namespace: string; name: string } | undefined;
  constructor(port: AccessPort, account?: { namespace: string; name: string }) {
    super();
    this.port = port;
    this.account = account;
  }
}

class PathCheck extends Opaque {
  readonly typeName = 'kubernetes.authorization.PathCheck';
  readonly of: AuthorizerValue;
  readonly path: string;
  constructor(of: AuthorizerValue, path: string) {
    super();
    this.of = of;
    this.path = path;
  }
}

class GroupCheck extends Opaque {
  readonly typeName = 'kubernetes.authorization.GroupCheck';
  readonly of: AuthorizerValue;
  readonly group: string;
  constructor(of: AuthorizerValue, group: string) {
    super();
    this.of = of;
    this.group = group;
  }
}

/** The value of the variable `authorizer.requestResource`, and of `group(…).resource(…)`. */
export class ResourceCheck extends Opaque {
  readonly typeName = 'kubernetes.authorization.ResourceCheck';
  readonly of: AuthorizerValue;
  readonly access: ResourceAccess;
  constructor(of: AuthorizerValue, access: ResourceAccess) {
    super();
    this.of = of;
    this.access = access;
  }

  with(change: Partial<ResourceAccess>): ResourceCheck {
    return new ResourceCheck(this.of, { ...this.access, ...change });
  }
}

class Decision extends Opaque {
  readonly typeName = 'kubernetes.authorization.Decision';
  readonly answer: AccessAnswer;
  constructor(answer: AccessAnswer) {
    super();
    this.answer = answer;
  }
}

const NO_ACCESS = { subresource: '', namespace: '', name: '', fieldSelector: '', labelSelector: '' };

const ask = ({ port, account }: AuthorizerValue, question: AccessQuestion): Decision =>
  new Decision(port.check(question, account));

/** As much as upstream counts for a decision. */
const checking = (): number => 350_000;

const AUTHORIZER = 'kubernetes.authorization.Authorizer';
const PATH = 'kubernetes.authorization.PathCheck';
const GROUP = 'kubernetes.authorization.GroupCheck';
const RESOURCE = 'kubernetes.authorization.ResourceCheck';
const DECISION = 'kubernetes.authorization.Decision';

export const AUTHORIZATION = defineFunctions({
  [`(${AUTHORIZER}).path(string): ${PATH}`]: (of: AuthorizerValue, path: string) => {
    if (path === '') throw new CelError('path must not be empty');
    return new PathCheck(of, path);
  },
  [`(${AUTHORIZER}).group(string): ${GROUP}`]: (of: AuthorizerValue, group: string) => new GroupCheck(of, group),
  [`(${AUTHORIZER}).serviceAccount(string, string): ${AUTHORIZER}`]: (
    of: AuthorizerValue,
    namespace: string,
    name: string,
  ) => new AuthorizerValue(of.port, { namespace, name }),
  [`(${GROUP}).resource(string): ${RESOURCE}`]: ({ of, group }: GroupCheck, resource: string) =>
    new ResourceCheck(of, { ...NO_ACCESS, group, resource }),
  [`(${RESOURCE}).subresource(string): ${RESOURCE}`]: (check: ResourceCheck, subresource: string) =>
    check.with({ subresource }),
  [`(${RESOURCE}).namespace(string): ${RESOURCE}`]: (check: ResourceCheck, namespace: string) =>
    check.with({ namespace }),
  [`(${RESOURCE}).name(string): ${RESOURCE}`]: (check: ResourceCheck, name: string) => check.with({ name }),
  [`(${RESOURCE}).fieldSelector(string): ${RESOURCE}`]: (check: ResourceCheck, fieldSelector: string) =>
    check.with({ fieldSelector }),
  [`(${RESOURCE}).labelSelector(string): ${RESOURCE}`]: (check: ResourceCheck, labelSelector: string) =>
    check.with({ labelSelector }),
  [`(${PATH}).check(string): ${DECISION}`]: [
    ({ of, path }: PathCheck, verb: string) => ask(of, { verb, path }),
    checking,
  ],
  [`(${RESOURCE}).check(string): ${DECISION}`]: [
    ({ of, access }: ResourceCheck, verb: string) => ask(of, { verb, ...access }),
    checking,
  ],
  [`(${DECISION}).allowed(): bool`]: ({ answer }: Decision) => answer.allowed,
  [`(${DECISION}).reason(): string`]: ({ answer }: Decision) => answer.reason,
  [`(${DECISION}).errored(): bool`]: ({ answer }: Decision) => answer.error !== undefined,
  [`(${DECISION}).error(): string`]: ({ answer }: Decision) => answer.error ?? '',
});
