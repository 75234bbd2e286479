/**
 * What a kind has besides the object itself: for routing, for discovery, and to be called.
 * `status` and the patches of whole objects go through `updateObject` and `patchObject` with `subresource`; the rest through `callSubresource`.
 */

import { cloneJson } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { methodNotSupported, notFound } from '../../base/status.ts';
import { scaleKind } from '../../kinds/common/scale-view.ts';
import { settled } from '../../kinds/conversion.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import { checkStructure } from '../../schema/validate.ts';
import { actOnBody, type BodyVerb } from './act-on-body.ts';
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
  /** Older versions of its body that are taken too. */
  readonly olderVersions?: readonly string[];
}

const READ_WRITE = ['get', 'patch', 'update'];
const CREATE = ['create'];
const STREAM = ['create', 'get'];
const PROXY = ['create', 'delete', 'get', 'patch', 'update'];

/** Of the resources that have more than status and scale. Streams are served by the HTTP layer, from the agents. */
const OWN: Readonly<Record<string, readonly Subresource[]>> = {
  'certificates.k8s.io/certificatesigningrequests': [
    { name: 'approval', kind: 'CertificateSigningRequest', verbs: READ_WRITE },
  ],
  '/nodes': [{ name: 'proxy', kind: 'NodeProxyOptions', verbs: PROXY }],
  '/services': [{ name: 'proxy', kind: 'ServiceProxyOptions', verbs: PROXY }],
  '/namespaces': [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  '/pods': [
    { name: 'attach', kind: 'PodAttachOptions', verbs: STREAM },
    { name: 'binding', kind: 'Binding', verbs: CREATE },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: READ_WRITE },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: CREATE, olderVersions: ['v1beta1'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: STREAM },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: STREAM },
    { name: 'proxy', kind: 'PodProxyOptions', verbs: PROXY },
  ],
  '/serviceaccounts': [
    { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: CREATE },
  ],
};

/** Each request asks, and a kind is what it is. */
const known = new WeakMap<Kind, readonly Subresource[]>();

/** In the order of discovery. */
export function subresourcesOf(kind: Kind): readonly Subresource[] {
  let all = known.get(kind);
  if (!all) {
    all = listSubresources(kind);
    known.set(kind, all);
  }
  return all;
}

function listSubresources(kind: Kind): readonly Subresource[] {
  const { group, plural, kind: kindName } = kind.resource;
  const all: Subresource[] = [...(OWN[`${group}/${plural}`] ?? [])];
  if (kind.hasStatus) all.push({ name: 'status', kind: kindName, verbs: READ_WRITE });
  if (kind.scale) all.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: READ_WRITE });
  // The definitions' own controller lists status first, everything else is sorted.
  return kind.schema ? all : all.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function findSubresource(kind: Kind, name: string): Subresource | undefined {
  return subresourcesOf(kind).find((one) => one.name === name);
}

/** Of a body that is acted on and not kept: an Eviction, a Binding, a TokenRequest. */
export function isActOnly(kind: Kind, subresource: string | undefined): boolean {
  return (
    subresource !== undefined && findSubresource(kind, subresource)?.verbs.every((verb) => verb === 'create') === true
  );
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

const asScale = { kind: scaleKind as unknown as Kind };

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
      return { ...asScale, entry: await settled(() => getScale(context, target)), created: false, warnings: [] };
    case 'update scale':
      return { ...asScale, ...(await updateScale(context, target, body as KubeObject, parameters)) };
    case 'patch scale':
      return { ...asScale, ...(await patchScale(context, target, body as PatchBody, patch)) };
    case 'create binding':
      return withAdmitted(bindPod, context, target, subresource, body, parameters);
    case 'create eviction':
      return withAdmitted(evictPod, context, target, subresource, body, parameters);
    case 'create token':
      return withAdmitted(requestToken, context, target, subresource, body, parameters);
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
  if (verb === 'get') return { entry: await settled(() => getObject(context, target)), created: false, warnings: [] };
  if (verb === 'update') return updateObject(context, target, body as KubeObject, parameters);
  if (verb === 'patch') return patchObject(context, target, body as PatchBody, parameters);
  throw methodNotSupported(groupResource(target), verb);
}

/** POST of a body of the subresource's own kind, let in by admission. Throws 400, 403 and whatever `act` does. */
function withAdmitted(
  act: BodyVerb,
  context: RestContext,
  target: Target,
  subresource: Subresource,
  sent: unknown,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const body = checkedBody(context, target, subresource, sent, parameters);
  const { kind, group = target.kind.resource.group, version = target.kind.resource.version } = subresource;
  const asked = { kind: target.kind, subresource: subresource.name, bodyKind: { group, version, kind }, body };
  return actOnBody(context, target, asked, parameters, act);
}

/** A body of the subresource's own kind, in its newest version: the older ones are the same in shape. Throws 400. */
function checkedBody(
  context: RestContext,
  target: Target,
  { kind, group, version, olderVersions = [] }: Subresource,
  body: unknown,
  { fieldValidation = 'Warn', text }: WriteParameters,
): KubeObject {
  const said = body as KubeObject | null;
  const newest = { group: group ?? target.kind.resource.group, version: version ?? target.kind.resource.version, kind };
  const older = olderVersions.find((one) => apiVersionOf({ ...newest, version: one }) === said?.apiVersion);
  const type = older ? { ...newest, version: older } : newest;
  if (said?.kind !== kind || said.apiVersion !== apiVersionOf(type)) checkBodyType(context.schemas, type, body);
  const schema = context.schemas.ofKind(type.group, type.version, kind);
  const object = cloneJson(body) as JsonObject;
  const apiVersion = apiVersionOf(newest);
  if (!schema) return { ...object, apiVersion } as KubeObject;
  const request = { object, schema, version: type.version, kind, fieldValidation, text };
  return { ...checkStructure(context.admission.structure, request).object, apiVersion } as KubeObject;
}
