/**
 * A commit may bring a CustomResourceDefinition and objects of the kind that it defines: the commit is judged with the kinds as they are once it is
 * in force. Pure but for the view of the cluster that it is given.
 */

import type { AdmissionEnvironment, ClusterView } from '../admission/contract.ts';
import { cloneJson } from '../base/json.ts';
import type { JsonObject } from '../base/object.ts';
import { withCustomSchemas } from '../kinds/custom-schemas.ts';
import { customResourceDefinition } from '../kinds/customresourcedefinitions/kind.ts';
import type { Kind, KindRegistry } from '../kinds/kind.ts';
import { withCustomKinds } from '../kinds/registry.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../kinds/resources.ts';
import type { CustomResourceDefinition } from '../kinds/types.generated.ts';
import type { Candidate, DesiredState, ObjectChanges } from './desired-state.ts';
import { identify, type ManifestDocument, type ManifestFile } from './manifest-file.ts';
import type { AdmissionPort } from './ports.ts';
import type { PushProblem } from './problem.ts';

const isDefinition = ({ names }: Pick<ManifestDocument, 'names'>): boolean =>
  names?.kind.resource.group === CUSTOM_RESOURCE_DEFINITIONS.group &&
  names.kind.resource.plural === CUSTOM_RESOURCE_DEFINITIONS.plural;

/** The candidate with its documents named by the kinds that it leaves, when it touches definitions; else itself. */
export function withOwnDefinitions(
  registry: KindRegistry,
  cluster: ClusterView,
  state: DesiredState,
  candidate: Candidate,
): Candidate {
  const brought = [...candidate.files.values()].flatMap((file) => file?.documents.filter(isDefinition) ?? []);
  const replaced = [...candidate.files.keys()].flatMap(
    (path) => state.files.get(path)?.documents.filter(isDefinition) ?? [],
  );
  if (brought.length === 0 && replaced.length === 0) return candidate;
  const touched = new Set([...brought, ...replaced].map(({ names }) => names!.key.name));
  const made = brought.flatMap((document) => kindsOf(registry, cluster, document));
  const kept = registry.kinds.filter(
    ({ schema, resource }) => schema && !touched.has(`${resource.plural}.${resource.group}`),
  );
  const all = withCustomKinds(registry, withoutRepeats([...kept, ...made]));
  const files = new Map([...candidate.files].map(([path, file]) => [path, file && named(file, all)]));
  return { ...candidate, files, registry: all };
}

/** None for a definition that will be refused itself. */
function kindsOf(registry: KindRegistry, cluster: ClusterView, { object, names }: ManifestDocument): readonly Kind[] {
  const definition = cloneJson(object) as JsonObject as unknown as CustomResourceDefinition;
  const live = cluster.get(CUSTOM_RESOURCE_DEFINITIONS, names!.key) as CustomResourceDefinition | undefined;
  try {
    customResourceDefinition.setDefaults(definition);
    const storedVersions = live?.status?.storedVersions ?? [];
    const storage = definition.spec.versions.find((version) => version.storage)?.name ?? '';
    definition.status = { ...live?.status, storedVersions: [...new Set([...storedVersions, storage])] };
    return customResourceDefinition.validate(definition).length > 0 ? [] : registry.kindsOf(definition);
  } catch {
    return []; // not even the shape of a definition: admission says so of the definition itself
  }
}

/** Two definitions of one kind are refused as two manifests of one object; until then the first counts. */
function withoutRepeats(kinds: readonly Kind[]): Kind[] {
  const byName = new Map<string, Kind>();
  for (const kind of kinds) {
    const { group, version, plural } = kind.resource;
    const name = `${group}/${version}/${plural}`;
    if (!byName.has(name)) byName.set(name, kind);
  }
  return [...byName.values()];
}

function named(file: ManifestFile, registry: KindRegistry): ManifestFile {
  return {
    ...file,
    documents: file.documents.map((document) => ({ ...document, names: identify(document.object, registry) })),
  };
}

/** Admission as it is once the candidate is in force. */
export function admissionAfter(admission: AdmissionPort, { registry }: Candidate): AdmissionPort {
  if (!registry) return admission;
  const { schemas } = admission.environment;
  const environment: AdmissionEnvironment = {
    ...admission.environment,
    registry,
    schemas: withCustomSchemas(schemas, registry),
  };
  return { ...admission, environment };
}

/** Manifests that stay although the definition of their kind goes. */
export function checkUndefined(state: DesiredState, { removed }: ObjectChanges): PushProblem[] {
  const gone = removed.filter(isDefinition);
  if (gone.length === 0) return [];
  const names = new Set(gone.map((one) => one.names.key.name));
  const going = new Set(removed.map((one) => one.names.storeKey));
  return [...state.objects].flatMap(
    ([
      key,
      {
        names: { kind },
        file,
        document,
      },
    ]) => {
      const definition = `${kind.resource.plural}.${kind.resource.group}`;
      if (!names.has(definition) || going.has(key)) return [];
      const message = `the commit removes the definition of its kind, ${definition}`;
      return [
        {
          file: file.path,
          line: document.line,
          column: document.column,
          message,
          expected: 'the manifest to go with it',
        },
      ];
    },
  );
}
