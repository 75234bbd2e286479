/**
 * POST of `serviceaccounts/x/token` (TokenRequest): a signed token for a service account, bound to an object if asked.
 */

import { ISSUER, type NodeClaim } from '../../auth/service-account-token.ts';
import { formatTime } from '../../base/clock.ts';
import { type FieldError, invalidValue, path } from '../../base/field.ts';
import { deepFreeze } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import { registryKey } from '../../base/registry-key.ts';
import { badRequest, conflict, invalid, notFound } from '../../base/status.ts';
import { parseApiVersion } from '../../kinds/resource.ts';
import type { Pod, TokenRequest } from '../../kinds/types.generated.ts';
import type { RestContext } from './context.ts';
import { storedEntry } from './get.ts';
import type { Target, WriteParameters, WriteResult } from './requests.ts';
import { encodedEntry } from './view.ts';

const TOKEN_REQUEST = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
/** By which what a token is used for is found (KEP-4193). */
const ISSUED_ANNOTATION = 'authentication.kubernetes.io/issued-credential-id';
const SECONDS_DEFAULT = 3600;
const SECONDS_MIN = 600;
const SECONDS_MAX = 2 ** 32;
/** What a token may be bound to, and where such objects are kept. */
const BOUND_KINDS = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' } as const;
type BoundKind = keyof typeof BOUND_KINDS;

/** `target` is the service account. Throws 400, 404, 409, 422. */
export async function requestToken(
  context: RestContext,
  target: Target,
  body: KubeObject,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const { spec, metadata } = body as TokenRequest;
  checkName(metadata?.name, target.name);
  const account = storedEntry(context, target).value;
  const expirationSeconds = spec?.expirationSeconds ?? SECONDS_DEFAULT;
  checkExpiration(expirationSeconds);
  const bound = boundObject(context, target, spec?.boundObjectRef);
  const audiences = spec?.audiences?.length ? spec.audiences : [ISSUER];
  const { namespace = '', name } = target;
  const { token, credentialId, expiresMs } = await context.tokens.issue({
    namespace,
    serviceAccount: { name, uid: account.metadata?.uid ?? '' },
    audiences,
    expirationSeconds,
    ...(bound ? { bound: bound.object } : {}),
    ...(bound?.node ? { node: bound.node } : {}),
  });
  context.annotate?.(ISSUED_ANNOTATION, credentialId);
  const answer = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name, namespace, creationTimestamp: formatTime(context.clock.now()) },
    spec: { audiences, expirationSeconds, boundObjectRef: spec?.boundObjectRef ?? null },
    status: { token: parameters.dryRun ? '' : token, expirationTimestamp: formatTime(expiresMs) },
  };
  return { entry: encodedEntry(deepFreeze(answer) as unknown as KubeObject), created: true, warnings: [] };
}

function checkName(given: string | undefined, name: string): void {
  if (!given || given === name) return;
  const error = invalidValue(path('metadata').child('name'), given, 'must match the service account name if specified');
  throw invalid(TOKEN_REQUEST, name, [error]);
}

function checkExpiration(seconds: number): void {
  const errors: FieldError[] = [];
  const at = path('spec').child('expirationSeconds');
  if (seconds < SECONDS_MIN) errors.push(invalidValue(at, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > SECONDS_MAX)
    errors.push(invalidValue(at, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (errors.length > 0) throw invalid(TOKEN_REQUEST, '', errors);
}

function boundObject(
  { store }: RestContext,
  target: Target,
  reference: TokenRequest['spec']['boundObjectRef'],
): { object: { kind: BoundKind; name: string; uid: string }; node?: NodeClaim } | undefined {
  if (!reference) return undefined;
  const { apiVersion = 'v1', kind: kindName = '', name = '', uid } = reference;
  const { group, version } = parseApiVersion(apiVersion);
  const plural = group === '' && Object.hasOwn(BOUND_KINDS, kindName) ? BOUND_KINDS[kindName as BoundKind] : undefined;
  if (!plural) throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kindName}`);
  if (name === '') throw badRequest('Name parameter required.');
  const namespace = plural === 'nodes' ? undefined : target.namespace;
  const found = store.get(registryKey({ group, plural }, { namespace, name }))?.value;
  if (!found) throw notFound({ group, resource: plural }, name);
  if (plural === 'pods' && (found as Pod).spec?.serviceAccountName !== target.name)
    throw badRequest(
      `cannot bind token for serviceaccount "${target.name}" to pod running with different serviceaccount name.`,
    );
  const present = found.metadata?.uid ?? '';
  if (uid && uid !== present)
    throw conflict(
      { group, resource: kindName },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  const node = plural === 'pods' ? (found as Pod).spec?.nodeName : undefined;
  const nodeUid = node
    ? store.get(registryKey({ group, plural: 'nodes' }, { name: node }))?.value.metadata?.uid
    : undefined;
  return {
    object: { kind: kindName as BoundKind, name, uid: present },
    ...(node ? { node: { name: node, ...(nodeUid ? { uid: nodeUid } : {}) } } : {}),
  };
}
