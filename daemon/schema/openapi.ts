/**
 * The OpenAPI documents of the server: v3, one document a group and version behind an index of hashed addresses, and v2 as one document.
 * kubectl reads them for apply, explain and to learn which query parameters a kind's verbs take.
 * Built when first asked for and kept; when custom kinds come and go, the documents of other groups stay.
 */

import { createHash } from 'node:crypto';
import type { SchemaSet } from './node.ts';
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
  const info = { title: 'Reflet', version };
  const documents = new Map<string, OpenApiDocument>();
  let swagger: OpenApiDocument | undefined;

  const document = (path: string): OpenApiDocument | undefined => {
    const group = byPath.get(path);
    if (!group) return undefined;
    const hasCustom = group.some((resource) => resource.custom);
    const built =
      documents.get(path) ??
      (hasCustom ? undefined : before?.document(path)) ??
      toDocument(
        {
          openapi: '3.0.0',
          info,
          paths: publishPaths(group, 'v3', known),
          components: {
            schemas: publishComponents(schemas, namedSchemas(group, known), 'v3'),
            securitySchemes: {
              BearerToken: { type: 'apiKey', description: SECURITY_DESCRIPTION, name: 'authorization', in: 'header' },
            },
          },
        },
        encodeOpenApi,
      );
    documents.set(path, built);
    return built;
  };

  const buildSwagger = (): Json => ({
    swagger: '2.0',
    info,
    paths: publishPaths(resources, 'v2', known),
    definitions: publishComponents(schemas, namedSchemas(resources, known), 'v2'),
    securityDefinitions: {
      BearerToken: { type: 'apiKey', description: SECURITY_DESCRIPTION, name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  });

  return {
    index() {
      const entries = [...byPath.keys()].sort().map((path) => {
        const serverRelativeURL = `/openapi/v3/${path}?hash=${document(path)?.hash ?? ''}`;
        return [path, { serverRelativeURL }] as const;
      });
      return { paths: Object.fromEntries(entries) };
    },
    document,
    swagger() {
      swagger ??= toDocument(buildSwagger(), encodeSwagger);
      return swagger;
    },
  };
}
