/**
 * The OpenAPI documents of what is served, in the form the router sends.
 */

import { verbsOf } from '../api/http/discovery.ts';
import type { OpenApiDocuments } from '../api/http/openapi-answer.ts';
import { subresourcesOf } from '../api/rest/subresources.ts';
import type { Kind, KindRegistry } from '../kinds/kind.ts';
import type { SchemaSet } from '../schema/node.ts';
import { createOpenApi, type OpenApi, type ServedResource } from '../schema/openapi.ts';

function toServed(kind: Kind): ServedResource {
  const { group, version, plural, namespaced, kind: name } = kind.resource;
  return {
    group,
    version,
    kind: name,
    plural,
    namespaced,
    custom: kind.schema,
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
  let made: OpenApi | undefined;
  let generation = registry.generation;
  const current = (): OpenApi => {
    if (made && generation === registry.generation) return made;
    generation = registry.generation;
    made = createOpenApi(schemas, registry.kinds.map(toServed), version, made);
    return made;
  };
  return {
    index: () => current().index(),
    v3: (path, form) => {
      const document = current().document(path);
      return document && { body: form === 'json' ? document.text : document.protobuf(), hash: document.hash };
    },
    v2: (form) => {
      const { text, hash, protobuf } = current().swagger();
      return form === 'json' ? { body: text, hash } : { body: protobuf(), hash: `${hash}-PROTOBUF` };
    },
  };
}
