/**
 * What a kind has besides the object itself: for routing, for discovery, and to be called.
 * `status` and the patches of whole objects go through `updateObject` and `patchObject` with `subresource`; the rest through `callSubresource`.
 */

import { cloneJson } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { methodNotSupported, notFound } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import { checkStructure } from '../../schema/validate.ts';
import { bindPod } from './binding.ts';
import { checkBodyType } from './body.ts';
import type { RestContext } from './context.ts';
import { evictPod } from './eviction.ts';
import { getObject, groupResource } from './get.ts';
import { patchObject } from './patch.ts';
import type { PatchBody } from './patch-draft.ts';
import type { PatchParameters, PatchType, Target, WriteParameters, WriteResult } from './requests.ts';
import { getScale, patchScale, updateScale } from './scale.ts';
import { requestToken } from './token.ts';
import { updateObject } from './update.ts';

export interface Subresource {
  /** `scale` */
  readonly name: string;
  /** Of its body and answer, where they are not the object's own. */
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

const READ_WRITE = ['get', 'patch', 'update'];
const CREATE = ['create'];
const STREAM = ['create', 'get'];
const PROXY = ['create', 'delete', 'get', 'patch', 'update'];

/** Of the resources that have more than status and scale. Streams are served by the HTTP layer, from the agents. */
const OWN: Readonly<Record<string, readonly Subresource[]>> = {
  '/nodes': [{ name: 'proxy', kind: 'NodeProxyOptions', verbs: PROXY }],
  '/services': [{ name: 'proxy', kind: 'ServiceProxyOptions', verbs: PROXY }],
  '/namespaces': [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  '/pods': [
    { name: 'attach', kind: 'PodAttachOptions', verbs: STREAM },
    { name: 'binding', kind: 'Binding', verbs: CREATE },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: READ_WRITE },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: CREATE },
    { name: 'exec', kind: 'PodExecOptions', verbs: STREAM },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: STREAM },
    { name: 'proxy', kind: 'PodProxyOptions', verbs: PROXY },
  ],
  '/serviceaccounts': [
    { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: CREATE },
  ],
};

/** In the order of discovery. */
export function subresourcesOf(kind: Kind): readonly Subresource[] {
  const { group, plural, kind: kindName } = kind.resource;
  const all: Subresource[] = [...(OWN[`${group}/${plural}`] ?? [])];
  if (kind.hasStatus) all.push({ name: 'status', kind: kindName, verbs: READ_WRITE });
  if (kind.scale) all.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: READ_WRITE });
  return all.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function findSubresource(kind: Kind, name: string): Subresource | undefined {
  return subresourcesOf(kind).find((one) => one.name === name);
}

export interface SubresourceParameters extends WriteParameters {
  /** Of a patch. */
  type?: PatchType;
  force?: boolean;
}

export interface SubresourceResult extends WriteResult {
  /** The kind of the answer, when it is a served one and not the target's. */
  kind?: Kind;
}

/** One verb on one subresource. `body`: decoded, taken over; undefined for a get. Throws StatusError. */
export async function callSubresource(
  context: RestContext,
  target: Target,
  name: string,
  verb: string,
  body: unknown,
  parameters: SubresourceParameters,
): Promise<SubresourceResult> {
  const subresource = findSubresource(target.kind, name);
  if (!subresource) throw notFound(groupResource(target), target.name);
  if (!subresource.verbs.includes(verb)) throw methodNotSupported(groupResource(target), verb);
  const patch = { ...parameters, type: parameters.type ?? 'merge' } satisfies PatchParameters;
  switch (`${verb} ${name}`) {
    case 'get scale':
      return { entry: getScale(context, target), created: false, warnings: [] };
    case 'update scale':
      return updateScale(context, target, body as KubeObject, parameters);
    case 'patch scale':
      return patchScale(context, target, body as PatchBody, patch);
    case 'create binding':
      return bindPod(context, target, checkedBody(context, target, subresource, body, parameters), parameters);
    case 'create eviction':
      return evictPod(context, target, checkedBody(context, target, subresource, body, parameters), parameters);
    case 'create token':
      return requestToken(context, target, checkedBody(context, target, subresource, body, parameters), parameters);
  }
  return callOnObject(context, target, verb, body, { ...patch, subresource: name });
}

/** status, finalize, ephemeralcontainers: the object itself, in part. */
async function callOnObject(
  context: RestContext,
  target: Target,
  verb: string,
  body: unknown,
  parameters: PatchParameters,
): Promise<SubresourceResult> {
  if (verb === 'get') return { entry: getObject(context, target), created: false, warnings: [] };
  if (verb === 'update') return updateObject(context, target, body as KubeObject, parameters);
  if (verb === 'patch') return patchObject(context, target, body as PatchBody, parameters);
  throw methodNotSupported(groupResource(target), verb);
}

/** A body of the subresource's own kind. Throws 400. */
function checkedBody(
  context: RestContext,
  target: Target,
  { kind, group, version }: Subresource,
  body: unknown,
  { fieldValidation = 'Warn', duplicateFields = [] }: WriteParameters,
): KubeObject {
  const type = { group: group ?? target.kind.resource.group, version: version ?? target.kind.resource.version, kind };
  const said = body as KubeObject | null;
  if (said?.kind !== kind || said.apiVersion !== apiVersionOf(type)) checkBodyType(context.schemas, type, body);
  const schema = context.schemas.ofKind(type.group, type.version, kind);
  const object = cloneJson(body) as JsonObject;
  if (!schema) return object as KubeObject;
  const strictErrors = duplicateFields.map((path) => `duplicate field ${JSON.stringify(path)}`);
  const request = { object, schema, version: type.version, kind, fieldValidation, strictErrors };
  return checkStructure(context.admission.structure, request).object as KubeObject;
}
