/**
 * Whether the object of a request is of the kind, name and namespace that its URL speaks of.
 */

import { isObject } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import { badRequest } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf, parseApiVersion } from '../../kinds/resource.ts';
import type { SchemaSet } from '../../schema/node.ts';

/** Where upstream's scheme was made; its messages say so. */
const SCHEME = 'k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30';

/** Throws 400. A body may leave out apiVersion and kind: the URL tells them. */
export function checkBodyType(
  schemas: SchemaSet,
  expected: { version: string; group: string; kind: string },
  body: unknown,
): void {
  if (!isObject(body)) throw badRequest('the body of the request must be one object with apiVersion and kind');
  const { apiVersion, kind } = body;
  for (const [name, value] of Object.entries({ apiVersion, kind }))
    if (value !== undefined && value !== null && typeof value !== 'string')
      throw badRequest(`couldn't get version/kind; json parse error: ${name} must be a string`);
  const saidKind = (kind as string) || expected.kind;
  const saidVersion = (apiVersion as string) || apiVersionOf(expected);
  if (saidKind === expected.kind && saidVersion === apiVersionOf(expected)) return;
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

/** Upstream's package of a group's internal types. */
function internalPackage(group: string): string {
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
      `the namespace of the object (${namespace}) does not match the namespace on the URL (${target.namespace})`,
    );
}

/** The metadata of a decoded body as an object, whatever the body has there (its type is checked by admission). */
export function metadataOf(body: KubeObject): NonNullable<KubeObject['metadata']> {
  return isObject(body.metadata) ? (body.metadata as NonNullable<KubeObject['metadata']>) : {};
}

/** The group, version and kind of a kind. */
export function typeOf({ resource }: Kind): { group: string; version: string; kind: string } {
  return { group: resource.group, version: resource.version, kind: resource.kind };
}
