/**
 * Whether the object of a request is of the kind, name and namespace that its URL speaks of.
 */

import { type FieldError, invalidValue, path } from '../../base/field.ts';
import { goKind, isObject } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { badRequest, internalError, invalid, type StatusError } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf, parseApiVersion } from '../../kinds/resource.ts';
import type { SchemaSet } from '../../schema/node.ts';

/** Where upstream's scheme was made; its messages say so. */
const SCHEME = 'k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30';

/** Go's type of what the decoder looks into first. */
const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

export const noVersionKind = (why: string): string => `couldn't get version/kind; json parse error: ${why}`;

/** `json: cannot unmarshal array into Go value of type …` */
export const wrongType = (value: unknown, type: string): string =>
  `json: cannot unmarshal ${goKind(value)} into Go value of type ${type}`;

/** What keeps a decoded object from saying what it is. */
export function typeMetaProblem(value: unknown): string | undefined {
  if (!isObject(value)) return noVersionKind(wrongType(value, TYPE_META));
  for (const name of ['apiVersion', 'kind'] as const) {
    const said = value[name];
    if (said === undefined || said === null || typeof said === 'string') continue;
    return noVersionKind(`json: cannot unmarshal ${goKind(said)} into Go struct field .${name} of type string`);
  }
  const version = value['apiVersion'] as string | null | undefined;
  return version && version.split('/').length > 2 ? `unexpected GroupVersion string: ${version}` : undefined;
}

/** Throws 400. A body may leave out apiVersion and kind, since the URL tells them, but not one of a custom kind: no Go type says what it is. */
export function checkBodyType(
  schemas: SchemaSet,
  expected: { version: string; group: string; kind: string; isCustom?: boolean },
  body: unknown,
): void {
  if (!isObject(body)) throw badRequest('the body of the request must be one object with apiVersion and kind');
  const { apiVersion, kind } = body;
  const problem = typeMetaProblem(body);
  if (problem) throw badRequest(problem);
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

/** Throws 422 for a custom object that a patch made something else of, and 500, as upstream, for one without a version. */
export function checkPatchedCustom({ resource }: Kind, patched: JsonObject): void {
  const { apiVersion, kind } = patched;
  if (!apiVersion) throw internalError(new Error("Object 'apiVersion' is missing in 'object has no apiVersion field'"));
  const wanted = apiVersionOf(resource);
  const errors: FieldError[] = [];
  if (kind !== resource.kind) errors.push(invalidValue(path('kind'), String(kind), `must be ${resource.kind}`));
  if (apiVersion !== wanted) errors.push(invalidValue(path('apiVersion'), String(apiVersion), `must be ${wanted}`));
  if (errors.length === 0) return;
  const { group } = parseApiVersion(String(apiVersion));
  throw invalid({ group, kind: String(kind) }, metadataOf(patched as KubeObject).name ?? '', errors);
}

/**
 * Why an object that a patch made cannot be read as `expected` any more; undefined when it can. `shown`: the object as it is told.
 * A built-in kind need not be named; without a version it is read as something of which no field has a name (see `isNameless`).
 */
export function patchedTypeProblem(
  schemas: SchemaSet,
  { resource, schema }: Kind,
  patched: JsonObject,
  shown: () => string,
): string | undefined {
  const problem = typeMetaProblem(patched);
  if (problem) return problem;
  if (schema) {
    if (!patched.kind) return `Object 'Kind' is missing in '${shown()}'`;
    // Left out is another matter, see checkPatchedCustom.
    return patched.apiVersion === null
      ? '.apiVersion accessor error: <nil> is of the type <nil>, expected string'
      : undefined;
  }
  if (isNameless(patched)) return undefined;
  const apiVersion = patched.apiVersion as string;
  const kind = (patched.kind as string) || resource.kind;
  const { group, version } = parseApiVersion(apiVersion);
  if (schemas.ofKind(group, version, kind) === undefined)
    return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "${SCHEME}"`;
  if (kind === resource.kind && group === resource.group) return undefined;
  return `unable to decode ${group}/${version}, Kind=${kind} into *${internalPackage(resource.group)}.${resource.kind}`;
}

/** Upstream decodes an object without a version into its internal type, where nothing of it arrives: not even its name. */
export const isNameless = ({ apiVersion }: JsonObject): boolean => !apiVersion;

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
