/**
 * The kinds that a CustomResourceDefinition makes: one for each version that is served (`apiextensions-apiserver/pkg/registry/customresource`).
 * They know nothing of the definition's later changes: a changed definition makes new ones.
 */

import { cloneJson, deepEqual, defineMember, isObject } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { finalizerWarnings } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import type { Conversion, Kind, ScaleDefinition } from '../kind.ts';
import { apiVersionOf } from '../resource.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
} from '../types.generated.ts';
import { compareVersions } from '../version-priority.ts';
import { customTable } from './columns.ts';
import { applyDefaults } from './default.ts';
import { fieldNames, findValues, parseJsonPath, setValue } from './json-path.ts';
import { compileRules } from './rules.ts';
import { schemaOf } from './schema-of.ts';
import { validationOf } from './validation.ts';

/** What custom kinds need of the world. */
export interface CustomKindTools {
  /** Has a webhook convert objects: one answer for each, in order. Throws StatusError. */
  askWebhook(
    definition: Readonly<CustomResourceDefinition>,
    objects: readonly Readonly<KubeObject>[],
    apiVersion: string,
  ): Promise<KubeObject[]>;
}

type Fields = KubeObject & Record<string, unknown>;

/** The preferred version first. */
export function buildCustomKinds(definition: Readonly<CustomResourceDefinition>, tools: CustomKindTools): Kind[] {
  const served = definition.spec.versions.filter((version) => version.served);
  const between = conversionOf(definition, tools);
  return served
    .toSorted((a, b) => compareVersions(a.name, b.name))
    .map((version) => buildKind(definition, version, withLaterDefaults(definition, version, between)));
}

function buildKind(
  definition: Readonly<CustomResourceDefinition>,
  version: CustomResourceDefinitionVersion,
  conversion: Conversion | undefined,
): Kind {
  const { group, scope } = definition.spec;
  // What others had first is not given to this one: the accepted names are what is served.
  const accepted = definition.status?.acceptedNames;
  const names = accepted?.kind ? accepted : definition.spec.names;
  const { plural, kind } = names;
  const schema = schemaOf(version.schema?.openAPIV3Schema, { group, version: version.name, kind });
  const hasStatus = version.subresources?.status !== undefined;
  const rules = compileRules(schema, true);
  return {
    resource: { group, version: version.name, plural, kind, namespaced: scope === 'Namespaced' },
    singular: names.singular || kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    hasStatus,
    ...(version.subresources?.scale ? { scale: scaleOf(version.subresources.scale) } : {}),
    hasGeneration: true,
    verbs: VERBS,
    stored: true,
    schema,
    ...(conversion ? { conversion } : {}),
    ...(version.deprecated ? { deprecated: deprecationOf(definition, version, kind) } : {}),
    setDefaults: (object) => applyDefaults(schema, object),
    ...strategyOf(hasStatus),
    ...validationOf({ schema, rules, scale: version.subresources?.scale, hasStatus }),
    warnings: finalizerWarnings,
    validateName: subdomainName,
    table: customTable(version.additionalPrinterColumns),
    fieldSelectors: selectorsOf(version),
  };
}

/** In the order in which discovery tells them of custom kinds. */
const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

function strategyOf(
  hasStatus: boolean,
): Pick<Kind, 'prepareForCreate' | 'prepareForUpdate' | 'prepareForStatusUpdate'> {
  if (!hasStatus) return { prepareForCreate: () => {}, prepareForUpdate: () => {} };
  return {
    prepareForCreate: (object) => void delete (object as Fields)['status'],
    prepareForUpdate: (object, old) => keepMember(object as Fields, old as Fields, 'status'),
    prepareForStatusUpdate(object, old) {
      const own = object as Fields;
      for (const name of new Set([...Object.keys(own), ...Object.keys(old)]))
        if (!['status', 'metadata', 'apiVersion', 'kind'].includes(name)) keepMember(own, old as Fields, name);
      const { managedFields, resourceVersion } = own.metadata ?? {};
      own.metadata = { ...cloneJson(old.metadata ?? {}), managedFields, resourceVersion };
    },
  };
}

function keepMember(object: Fields, old: Readonly<Fields>, name: string): void {
  if (!Object.hasOwn(old, name) || old[name] === undefined) delete object[name];
  else defineMember(object, name, old[name]);
}

function scaleOf({
  specReplicasPath,
  statusReplicasPath,
  labelSelectorPath,
}: CustomResourceSubresourceScale): ScaleDefinition<KubeObject> {
  const [wanted, present, selector] = [specReplicasPath, statusReplicasPath, labelSelectorPath ?? ''].map(
    (text) => parseJsonPath(text) ?? [],
  );
  const number = (steps: ReturnType<typeof parseJsonPath>, object: Readonly<KubeObject>): number => {
    const [value] = findValues(steps ?? [], object);
    return typeof value === 'number' ? value : 0;
  };
  return {
    replicasPath: fieldNames(specReplicasPath) ?? ['spec', 'replicas'],
    replicas: (object) => number(wanted, object),
    statusReplicas: (object) => number(present, object),
    selector(object) {
      const [value] = labelSelectorPath ? findValues(selector!, object) : [];
      return typeof value === 'string' ? value : '';
    },
    setReplicas: (object, replicas) => setValue(wanted!, object as Fields, replicas),
    missing: (object) =>
      findValues(wanted!, object).length > 0
        ? undefined
        : `the spec replicas field ${JSON.stringify(specReplicasPath)} does not exist`,
  };
}

function selectorsOf({ selectableFields = [] }: CustomResourceDefinitionVersion): Kind['fieldSelectors'] {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const steps = parseJsonPath(jsonPath) ?? [];
      const read = (object: Readonly<KubeObject>): string => {
        const [value] = findValues(steps, object);
        return value === undefined || value === null || isObject(value) ? '' : String(value);
      };
      return [jsonPath.replace(/^\./, ''), read];
    }),
  );
}

function deprecationOf(
  { spec }: Readonly<CustomResourceDefinition>,
  { name, deprecationWarning }: CustomResourceDefinitionVersion,
  kind: string,
): string {
  if (deprecationWarning) return deprecationWarning;
  const newer = spec.versions
    .filter((one) => one.served && !one.deprecated && compareVersions(one.name, name) < 0)
    .map((one) => one.name)
    .toSorted(compareVersions)[0];
  const told = `${spec.group}/${name} ${kind} is deprecated`;
  return newer === undefined ? told : `${told}; use ${spec.group}/${newer} ${kind}`;
}

/** Defaults that the definition gained are shown of objects that were kept before. */
function withLaterDefaults(
  { spec, metadata }: Readonly<CustomResourceDefinition>,
  { name, schema }: CustomResourceDefinitionVersion,
  conversion: Conversion | undefined,
): Conversion | undefined {
  const root = schema?.openAPIV3Schema as SchemaNode | undefined;
  const generation = metadata?.generation ?? 1;
  if (generation <= 1 || !root || !hasDefaults(root)) return conversion;
  const refresh = (stored: Readonly<KubeObject>): KubeObject => {
    const made = cloneJson(stored);
    applyDefaults(root, made);
    return deepEqual(made, stored) ? (stored as KubeObject) : made;
  };
  const own = apiVersionOf({ group: spec.group, version: name });
  const alone: Conversion = {
    storedAs: own,
    convert: refresh,
    ask: (objects) => Promise.resolve(objects.map(refresh)),
  };
  return { ...(conversion ?? alone), refresh, identity: String(generation) };
}

function hasDefaults({ default: value, items, properties = {}, additionalProperties }: SchemaNode): boolean {
  return (
    value !== undefined ||
    (items !== undefined && hasDefaults(items)) ||
    (typeof additionalProperties === 'object' && hasDefaults(additionalProperties)) ||
    Object.values(properties).some(hasDefaults)
  );
}

/** Undefined: there is one version only, in which everything is kept. */
function conversionOf(definition: Readonly<CustomResourceDefinition>, tools: CustomKindTools): Conversion | undefined {
  const { group, versions, conversion } = definition.spec;
  const storage = versions.find((version) => version.storage)?.name ?? '';
  const stored = definition.status?.storedVersions ?? [];
  if (versions.length === 1 && stored.every((name) => name === storage)) return undefined;
  const storedAs = apiVersionOf({ group, version: storage });
  const schemas = new Map(
    versions.map(({ name, schema }) => [apiVersionOf({ group, version: name }), schema?.openAPIV3Schema]),
  );
  const finish = (object: KubeObject, apiVersion: string): KubeObject => {
    applyDefaults(schemas.get(apiVersion) as SchemaNode | undefined, object);
    return object;
  };
  const rename = (object: Readonly<KubeObject>, apiVersion: string): KubeObject => {
    const { apiVersion: _version, kind, ...rest } = cloneJson(object);
    return finish({ apiVersion, kind, ...rest } as KubeObject, apiVersion);
  };
  if (conversion?.strategy !== 'Webhook') {
    return {
      storedAs,
      convert: rename,
      ask: (objects, apiVersion) => Promise.resolve(objects.map((one) => rename(one, apiVersion))),
    };
  }
  return {
    storedAs,
    identity: String(definition.metadata?.generation ?? 0),
    async ask(objects, apiVersion) {
      const made = await tools.askWebhook(definition, objects, apiVersion);
      return made.map((object) => finish(object, apiVersion));
    },
  };
}

/** Whether two definitions make the same kinds. */
export function makesSameKinds(a: Readonly<CustomResourceDefinition>, b: Readonly<CustomResourceDefinition>): boolean {
  return (
    deepEqual(a.spec, b.spec) &&
    deepEqual(a.status?.acceptedNames, b.status?.acceptedNames) &&
    deepEqual(a.status?.storedVersions, b.status?.storedVersions)
  );
}
