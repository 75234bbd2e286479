/**
 * The OpenAPI documents of what is served, in the form the router sends.
 */

import { verbsOf } from '../api/http/discovery.ts';
import type { OpenApiDocuments } from '../api/http/openapi-answer.ts';
import { subresourcesOf } from '../api/rest/subresources.ts';
import type { Kind, KindRegistry } from '../kinds/kind.ts';
import type { SchemaSet } from '../schema/node.ts';
import { createOpenApi, type ServedResource } from '../schema/openapi.ts';

function toServed(kind: Kind): ServedResource {
  const { group, version, plural, namespaced, kind: name } = kind.resource;
  return {
    group,
    version,
    kind: name,
    plural,
    namespaced,
    verbs: verbsOf(kind),
    subresources: subresourcesOf(kind).map((one) => ({
      name: one.name,
      verbs: one.verbs,
      group: one.group ?? group,
      version: one.version ?? version,
      kind: one.kind,
    })),
  };
}

export function createOpenApiDocuments(schemas: SchemaSet, registry: KindRegistry, version: string): OpenApiDocuments {
  const openApi = createOpenApi(schemas, registry.kinds.map(toServed), version);
  return {
    index: () => openApi.index(),
    v3: (path) => {
      const document = openApi.document(path);
      return document && { body: document.text, hash: document.hash };
    },
    v2: (form) => {
      const { text, hash } = openApi.swagger();
      return form === 'json' ? { body: text, hash } : { body: openApi.swaggerProtobuf(), hash: `${hash}-PROTOBUF` };
    },
  };
}
