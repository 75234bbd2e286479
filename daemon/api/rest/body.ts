/**
 * Whether the object of a request is of the kind, name and namespace that its URL speaks of.
 */

import { type FieldError, invalidValue, path } from '../../base/field.ts';
import { isObject } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { badRequest, invalid, type StatusError } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf, parseApiVersion } from '../../kinds/resource.ts';
import type { SchemaSet } from '../../schema/node.ts';

/** Where upstream's scheme was made; its messages say so. */
const SCHEME = 'k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30';

/** Throws 400. A body may leave out apiVersion and kind, since the URL tells them, but not one of a custom kind: no Go type says what it is. */
export function checkBodyType(
  schemas: SchemaSet,
  expected: { version: string; group: string; kind: string; isCustom?: boolean },
  body: unknown,
): void {
  if (!isObject(body)) throw badRequest('the body of the request must be one object with apiVersion and kind');
  const { apiVersion, kind } = body;
  for (const [name, value] of Object.entries({ apiVersion, kind }))
    if (value !== undefined && value !== null && typeof value !== 'string')
      throw badRequest(`couldn't get version/kind; json parse error: ${name} must be a string`);
  if (expected.isCustom) checkCustomType(expected, body);
  const saidKind = (kind as string) || expected.kind;
  const saidVersion = (apiVersion as string) || apiVersionOf(expected);
  if (saidKind === expected.kind && saidVersion === apiVersionOf(expected)) return;
  if (expected.isCustom) throw otherCustomType(expected, saidVersion, saidKind, metadataOf(body as KubeObject).name);
  const { group, version } = parseApiVersion(saidVersion);
  const head = `${saidKind} in version "${version}" cannot be handled as a ${expected.kind}: `;
  // Every group and version knows `List`, which is never an object of its own.
  const known = schemas.ofKind(group, version, saidKind) !== undefined || (saidKind === 'List' && group === '');
  if (!known)
    throw badRequest(`${head}no kind "${saidKind}" is registered for version "${saidVersion}" in scheme "${SCHEME}"`);
  if (saidKind === expected.kind)
    throw badRequest(
      `the API version in the data (${saidVersion}) does not match the expected API version (${apiVersionOf(expected)})`,
    );
  const target = `${internalPackage(expected.group)}.${expected.kind}`;
  throw badRequest(`${head}converting (${version}.${saidKind}) to (${target}): unknown conversion`);
}

/** As much of a body as a refusal repeats. */
const BODY_SHOWN_MAX = 1_024;
const SUMMARY_LENGTH = 30;

function checkCustomType(
  expected: { version: string; group: string; kind: string },
  { apiVersion, kind, ...rest }: Record<string, unknown>,
): void {
  if (!kind) {
    const text = JSON.stringify({ ...(apiVersion === undefined ? {} : { apiVersion }), ...rest });
    const summary = text.length > SUMMARY_LENGTH ? `${text.slice(0, SUMMARY_LENGTH)} ...` : text;
    const shown = text.length > BODY_SHOWN_MAX ? `${text.slice(0, BODY_SHOWN_MAX).toWellFormed()}…` : text;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): Object 'Kind' is missing in '${shown}' (${summary})`,
    );
  }
  if (!apiVersion)
    throw badRequest(
      `the API version in the data () does not match the expected API version (${apiVersionOf(expected)})`,
    );
}

/** Custom objects are read whatever they say they are, and then judged: 400 for another version, 422 for another kind. */
function otherCustomType(
  expected: { version: string; group: string; kind: string },
  saidVersion: string,
  saidKind: string,
  name: unknown,
): StatusError {
  const { group } = expected;
  if (saidVersion !== apiVersionOf(expected))
    return badRequest(
      `the API version in the data (${saidVersion}) does not match the expected API version (${apiVersionOf(expected)})`,
    );
  const error = invalidValue(path('kind'), saidKind, `must be ${expected.kind}`);
  return invalid({ group, kind: saidKind }, typeof name === 'string' ? name : '', [error]);
}

/** Throws 422 for a custom object that a patch made something else of. */
export function checkPatchedCustom({ resource }: Kind, patched: JsonObject): void {
  const { apiVersion, kind } = patched;
  const wanted = apiVersionOf(resource);
  const errors: FieldError[] = [];
  if (kind !== resource.kind) errors.push(invalidValue(path('kind'), String(kind ?? ''), `must be ${resource.kind}`));
  if (apiVersion !== wanted)
    errors.push(invalidValue(path('apiVersion'), String(apiVersion ?? ''), `must be ${wanted}`));
  if (errors.length === 0) return;
  const { group } = parseApiVersion(String(apiVersion ?? ''));
  throw invalid({ group, kind: String(kind ?? '') }, metadataOf(patched as KubeObject).name ?? '', errors);
}

/** Why an object that a patch made cannot be read as `expected` any more; undefined when it can. `shown`: the object as it is told. */
export function patchedTypeProblem(
  schemas: SchemaSet,
  { resource }: Kind,
  patched: JsonObject,
  shown: () => string,
): string | undefined {
  const { apiVersion, kind } = patched;
  if (!kind) return `Object 'Kind' is missing in '${shown()}'`;
  if (!apiVersion) return `Object 'apiVersion' is missing in '${shown()}'`;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return undefined;
  const { group, version } = parseApiVersion(apiVersion);
  if (schemas.ofKind(group, version, kind) === undefined)
    return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "${SCHEME}"`;
  if (kind === resource.kind && group === resource.group) return undefined;
  return `unable to decode ${group}/${version}, Kind=${kind} into *${internalPackage(resource.group)}.${resource.kind}`;
}

/** Upstream's package of a group's internal types. */
export function internalPackage(group: string): string {
  return group === '' ? 'core' : (group.split('.')[0] ?? group);
}

/** Throws 400 when an updated object names another one than the URL. */
export function checkBodyName(object: KubeObject, target: { name: string; namespace: string | undefined }): void {
  const { name, namespace } = object.metadata ?? {};
  if (!name)
    throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`);
  if (name !== target.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
  if (target.namespace && namespace && namespace !== target.namespace)
    throw badRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the request (${target.namespace})`,
    );
}

/** The metadata of a decoded body as an object, whatever the body has there (its type is checked by admission). */
export function metadataOf(body: KubeObject): NonNullable<KubeObject['metadata']> {
  return isObject(body.metadata) ? (body.metadata as NonNullable<KubeObject['metadata']>) : {};
}

/** The group, version and kind of a kind. */
export function typeOf({ resource, schema }: Kind): {
  group: string;
  version: string;
  kind: string;
  isCustom: boolean;
} {
  return { group: resource.group, version: resource.version, kind: resource.kind, isCustom: schema !== undefined };
}
