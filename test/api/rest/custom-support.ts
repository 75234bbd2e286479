/** Definitions of custom kinds for tests: a widget with most of what a schema can say. */

import { createAdmissionEnvironment } from '../../../daemon/admission/environment.ts';
import { serveCustomKinds } from '../../../daemon/api/rest/custom-kinds.ts';
import { createRuntimePersistence } from '../../../daemon/api/rest/runtime-persistence.ts';
import { updateObject } from '../../../daemon/api/rest/update.ts';
import { cloneJson } from '../../../daemon/base/json.ts';
import { withCustomSchemas } from '../../../daemon/kinds/custom-schemas.ts';
import type { Kind } from '../../../daemon/kinds/kind.ts';
import { createKindRegistry } from '../../../daemon/kinds/registry.ts';
import type { Resource } from '../../../daemon/kinds/resource.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../../daemon/kinds/resources.ts';
import type { CustomResourceDefinition, JSONSchemaProps } from '../../../daemon/kinds/types.generated.ts';
import { loadSchemas } from '../../../daemon/schema/load.ts';
import { createStore } from '../../../daemon/store/create-store.ts';
import { createMemoryLog } from '../../../daemon/store/memory-log.ts';
import { SimClock, seededIds, seededRandom } from '../../support/sim-clock.ts';
import { createRest, type Rest } from './support.ts';

export const WIDGETS: Resource = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

export const SPEC: JSONSchemaProps = {
  type: 'object',
  required: ['size'],
  properties: {
    size: { type: 'integer', minimum: 1, maximum: 10 },
    color: { type: 'string', enum: ['red', 'blue'], default: 'red' },
    name: { type: 'string', maxLength: 5, pattern: '^[a-z]+$' },
    port: { 'x-kubernetes-int-or-string': true },
    maybe: { type: 'string', nullable: true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
      items: {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'string' }, weight: { type: 'integer', default: 1 } },
      },
    },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    replicas: { type: 'integer' },
  },
};

export const SCHEMA: JSONSchemaProps = {
  type: 'object',
  properties: {
    spec: SPEC,
    status: {
      type: 'object',
      properties: { replicas: { type: 'integer' }, selector: { type: 'string' }, phase: { type: 'string' } },
    },
  },
};

export function definition(more: Partial<CustomResourceDefinition['spec']> = {}): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: SCHEMA },
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.replicas',
              statusReplicasPath: '.status.replicas',
              labelSelectorPath: '.status.selector',
            },
          },
          additionalPrinterColumns: [
            { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
            { name: 'Phase', type: 'string', jsonPath: '.status.phase', priority: 1 },
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
          selectableFields: [{ jsonPath: '.spec.color' }],
        },
      ],
      ...more,
    },
  };
}

export interface CustomRest extends Rest {
  /** As the controller would: accepts its names and establishes it. */
  define(made?: CustomResourceDefinition): Promise<void>;
}

/** REST over a store whose definitions are served. `askWebhook` converts. */
export async function createCustomRest(
  askWebhook: Parameters<typeof createKindRegistry>[1] extends infer Tools
    ? NonNullable<Tools> extends { askWebhook: infer Ask }
      ? Ask
      : never
    : never = () => Promise.reject(new Error('no webhook')),
): Promise<CustomRest> {
  const clock = new SimClock();
  const random = seededRandom(1);
  const ids = seededIds(random);
  const store = await createStore(createMemoryLog());
  const registry = createKindRegistry([], { askWebhook });
  const schemas = withCustomSchemas(loadSchemas(), registry);
  serveCustomKinds(store, registry);
  const admission = createAdmissionEnvironment({
    store,
    registry,
    schemas,
    clock,
    ids,
    random,
    serviceCidr: '10.96.0.0/24',
  });
  const persistence = createRuntimePersistence(store);
  const rest = await createRest({ context: { store, registry, schemas, admission, persistence, clock, ids, random } });
  const kind = ({ group, version, plural }: Resource): Kind => registry.byResource(group, version, plural)!;
  return {
    ...rest,
    store,
    clock,
    kind,
    async define(made = definition()) {
      const created = await rest.create(CUSTOM_RESOURCE_DEFINITIONS, made);
      const next = cloneJson(created);
      next.status = {
        ...next.status,
        acceptedNames: next.spec.names,
        conditions: [{ type: 'Established', status: 'True' }],
      };
      await updateObject(rest.context, rest.target(CUSTOM_RESOURCE_DEFINITIONS, next.metadata!.name!), next, {
        subresource: 'status',
      });
    },
  };
}
