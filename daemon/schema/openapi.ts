/**
 * The OpenAPI documents of the server: v3, one document a group and version behind an index of hashed addresses (and one for each
 * document of discovery), and v2 as one document.
 * kubectl reads them for apply, explain and to learn which query parameters a kind's verbs take.
 * Built when first asked for and kept; when custom kinds come and go, the documents of other groups stay.
 */

import { createHash } from 'node:crypto';
import type { SchemaSet } from './node.ts';
import { type DiscoveryPart, publishDiscovery } from './openapi-discovery.ts';
import { CONNECT_PARAMETERS } from './openapi-parameters.ts';
import { groupVersionPath, publishPaths, type ServedResource, schemaNameOf } from './openapi-paths.ts';
import { publishComponents } from './openapi-schema.ts';
import { encodeSwagger } from './openapi-v2-protobuf.ts';
import { encodeOpenApi } from './openapi-v3-protobuf.ts';

export type { ServedResource } from './openapi-paths.ts';

/** A document's JSON text, what it is known by, and its binary form. */
interface OpenApiDocument {
  readonly text: string;
  /** SHA-512 in upper-case hex: the `hash` of the index, and the ETag. */
  readonly hash: string;
  /** The same document as gnostic's message. Few ask for it: made when asked for, and kept. */
  protobuf(): Uint8Array;
}

export interface OpenApi {
  /** `/openapi/v3`: the documents by path (`api/v1`, `apis/apps/v1`), each with its hashed address. */
  index(): { paths: Record<string, { serverRelativeURL: string }> };
  /** `/openapi/v3/<path>`; undefined when no such group and version is served. */
  document(path: string): OpenApiDocument | undefined;
  /** `/openapi/v2` */
  swagger(): OpenApiDocument;
}

/** Named by paths whatever is served. */
const SHARED_SCHEMAS: readonly string[] = [
  'meta/v1/DeleteOptions',
  'meta/v1/Patch',
  'meta/v1/Status',
  'meta/v1/WatchEvent',
];

const SECURITY_DESCRIPTION = 'A bearer token';

type Json = Record<string, unknown>;

function toDocument(value: Json, encode: (document: Json) => Uint8Array): OpenApiDocument {
  const text = JSON.stringify(value);
  let encoded: Uint8Array | undefined;
  return {
    text,
    hash: createHash('sha512').update(text).digest('hex').toUpperCase(),
    protobuf() {
      encoded ??= encode(JSON.parse(text) as Json);
      return encoded;
    },
  };
}

/** The schemas that the paths of these resources name, where they are known. */
function namedSchemas(resources: readonly ServedResource[], known: (name: string) => boolean): string[] {
  const names = resources.flatMap((resource) => [
    schemaNameOf(resource),
    `${schemaNameOf(resource)}List`,
    ...resource.subresources.map(schemaNameOf),
  ]);
  return [...SHARED_SCHEMAS, ...names].filter(known);
}

/** Leaves out what has no schema; a path may not point to a component that is not there. */
function withSchemas(resources: readonly ServedResource[], known: (name: string) => boolean): ServedResource[] {
  return resources
    .filter((resource) => known(schemaNameOf(resource)))
    .map((resource) => ({
      ...resource,
      subresources: resource.subresources.filter(
        (subresource) => known(schemaNameOf(subresource)) || CONNECT_PARAMETERS[subresource.kind] !== undefined,
      ),
    }));
}

const inOrder = (paths: Json): Json => Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));

/** What documents are made of. */
interface Source {
  readonly schemas: SchemaSet;
  readonly known: (name: string) => boolean;
  readonly info: { title: string; version: string };
}

const SECURITY_SCHEMES = {
  BearerToken: { type: 'apiKey', description: SECURITY_DESCRIPTION, name: 'authorization', in: 'header' },
};

/** Of a group and version, with what discovery says of it, or of discovery alone. */
function buildV3(
  { schemas, known, info }: Source,
  group: readonly ServedResource[],
  about: DiscoveryPart | undefined,
): Json {
  const names = [...(group.length > 0 ? namedSchemas(group, known) : []), ...(about?.schemaNames ?? [])];
  return {
    openapi: '3.0.0',
    info,
    paths: inOrder({ ...about?.paths, ...publishPaths(group, 'v3', known) }),
    components: { schemas: publishComponents(schemas, names, 'v3'), securitySchemes: SECURITY_SCHEMES },
  };
}

function buildSwagger({ schemas, known, info }: Source, resources: readonly ServedResource[]): Json {
  const parts = [...publishDiscovery(resources, 'v2').values()];
  const names = [...namedSchemas(resources, known), ...parts.flatMap(({ schemaNames }) => schemaNames)];
  return {
    swagger: '2.0',
    info,
    paths: inOrder(Object.assign(publishPaths(resources, 'v2', known), ...parts.map(({ paths }) => paths)) as Json),
    definitions: publishComponents(schemas, names, 'v2'),
    securityDefinitions: SECURITY_SCHEMES,
    security: [{ BearerToken: [] }],
  };
}

/** The documents of what is served. `version` is the release that `info.version` names (`v1.32.4+reflet`). */
export function createOpenApi(
  schemas: SchemaSet,
  served: readonly ServedResource[],
  version: string,
  before?: OpenApi,
): OpenApi {
  const custom = served
    .filter((resource) => resource.custom)
    .flatMap((one) => [schemaNameOf(one), `${schemaNameOf(one)}List`]);
  const names = new Set([...schemas.names, ...custom]);
  const known = (name: string): boolean => names.has(name);
  const resources = withSchemas(served, known);
  const byPath = Map.groupBy(resources, (resource) => groupVersionPath(resource).slice(1));
  const discovery = publishDiscovery(resources, 'v3');
  const source: Source = { schemas, known, info: { title: 'Reflet', version } };
  const documents = new Map<string, OpenApiDocument>();
  let swagger: OpenApiDocument | undefined;

  const document = (path: string): OpenApiDocument | undefined => {
    const group = byPath.get(path) ?? [];
    const about = discovery.get(path);
    if (group.length === 0 && !about) return undefined;
    const hasCustom = group.some((resource) => resource.custom);
    const built =
      documents.get(path) ??
      (hasCustom ? undefined : before?.document(path)) ??
      toDocument(buildV3(source, group, about), encodeOpenApi);
    documents.set(path, built);
    return built;
  };

  return {
    index() {
      const paths = [...new Set([...byPath.keys(), ...discovery.keys()])].sort();
      const entries = paths.map((path) => {
        const serverRelativeURL = `/openapi/v3/${path}?hash=${document(path)?.hash ?? ''}`;
        return [path, { serverRelativeURL }] as const;
      });
      return { paths: Object.fromEntries(entries) };
    },
    document,
    swagger() {
      swagger ??= toDocument(buildSwagger(source, resources), encodeSwagger);
      return swagger;
    },
  };
}
