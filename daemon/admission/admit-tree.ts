/**
 * The admission of a whole tip: each changed manifest by itself, and what holds between manifests. The result does not depend on the order in
 * which the manifests are given. Nothing is written and nothing stays reserved.
 */

import { errorBody } from '../base/field.ts';
import { cloneJson } from '../base/json.ts';
import { formatKey, type KubeObject } from '../base/object.ts';
import { registryKey } from '../base/registry-key.ts';
import { notFound } from '../base/status.ts';
import { NAMESPACES, SERVICES } from '../kinds/resources.ts';
import type { Service } from '../kinds/types.generated.ts';
import { admitManifest } from './admit-manifest.ts';
import type {
  AdmissionEnvironment,
  AdmissionProblem,
  ClusterView,
  TreeManifest,
  TreeObject,
  TreeProblem,
  TreeRequest,
  TreeResult,
  TreeWarning,
} from './contract.ts';
import { type Identity, identify, identityText } from './manifest.ts';
import { createTreeView } from './tree-view.ts';

type Identified = { manifest: TreeManifest; identity: Identity };

export function admitTree(environment: AdmissionEnvironment, request: TreeRequest): TreeResult {
  const steps = admitTreeInSteps(environment, request);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** {@link admitTree} with a pause after each changed manifest, so that whoever judges thousands can let others have their turn. */
export function* admitTreeInSteps(
  environment: AdmissionEnvironment,
  request: TreeRequest,
): Generator<void, TreeResult> {
  const identified = [...request.manifests]
    .sort(byPlace)
    .map((manifest) => ({ manifest, identity: identify(environment.registry, manifest.object) }));
  const tree = treeEnvironment(environment, request, identified);
  const problems: TreeProblem[] = findDuplicates(identified);
  const contradicted = new Set(problems.map(placeOf));
  const warnings: TreeWarning[] = [];
  const objects: TreeObject[] = [];
  for (const { manifest, identity } of identified) {
    if (!manifest.changed) problems.push(...checkNamespace(tree, manifest, identity));
    else if (!contradicted.has(placeOf(manifest))) {
      admitOne({ tree, live: environment.cluster }, request, manifest, { problems, warnings, objects });
      yield;
    }
  }
  objects.sort(byPublication);
  problems.push(...checkAddresses(environment, request, objects));
  return { problems: problems.sort(byPlace), warnings, objects };
}

const placeOf = ({ file, document }: { file: string; document: number }): string => `${file}\n${document}`;

function byPlace(a: { file: string; document: number }, b: { file: string; document: number }): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.document - b.document;
}

/** Admission sees the cluster as it will be; addresses are judged for the whole tree at once. */
function treeEnvironment(
  environment: AdmissionEnvironment,
  request: TreeRequest,
  identified: readonly Identified[],
): AdmissionEnvironment {
  const defined = new Map<string, KubeObject>();
  for (const { manifest, identity } of identified) {
    if ('refusal' in identity) continue;
    defined.set(registryKey(identity.kind.resource, identity.key), manifest.object as KubeObject);
  }
  const removed = new Set(
    request.removed.map(({ kind, key }) => registryKey(kind.resource, key)).filter((key) => !defined.has(key)),
  );
  return { ...environment, services: undefined, cluster: createTreeView(environment.cluster, defined, removed) };
}

/** Two manifests of one object: which would win is nobody's intention. The later place is the wrong one, the earlier is named. */
function findDuplicates(identified: readonly Identified[]): TreeProblem[] {
  const first = new Map<string, TreeManifest>();
  const problems: TreeProblem[] = [];
  for (const { manifest, identity } of identified) {
    if ('refusal' in identity) continue;
    const text = identityText(identity);
    const earlier = first.get(text);
    if (!earlier) {
      first.set(text, manifest);
      continue;
    }
    const { kind, key } = identity;
    problems.push({
      file: manifest.file,
      document: manifest.document,
      fieldPath: 'metadata.name',
      message: `${kind.resource.kind} ${formatKey(key)} is defined a second time`,
      expected: 'one manifest for each object',
      other: { file: earlier.file, document: earlier.document },
      code: 409,
    });
  }
  return problems;
}

function admitOne(
  views: { tree: AdmissionEnvironment; live: ClusterView },
  { user, manager }: TreeRequest,
  manifest: TreeManifest,
  into: { problems: TreeProblem[]; warnings: TreeWarning[]; objects: TreeObject[] },
): void {
  const { file, document, object, duplicateFields } = manifest;
  const { tree } = views;
  const identity = identify(tree.registry, object);
  const live = 'refusal' in identity ? undefined : views.live.get(identity.kind.resource, identity.key);
  const result = admitManifest(tree, { object, duplicateFields, live, user, manager });
  for (const message of result.warnings) into.warnings.push({ file, document, message });
  const code = result.error?.code ?? 0;
  for (const problem of withoutRepeats(result.problems)) into.problems.push({ ...problem, file, document, code });
  if (result.error && result.problems.length === 0)
    into.problems.push({ fieldPath: '', message: result.error.message, file, document, code });
  if (result.error || !result.kind || !result.key) return;
  const { kind, key, operation } = result;
  into.objects.push({ manifest, kind, key, operation, old: live, next: result.object });
}

/** The API tells some mistakes of an update twice, once for all kinds and once for the kind's own rules; people need them once. */
function withoutRepeats(problems: readonly AdmissionProblem[]): AdmissionProblem[] {
  const told = new Map(problems.map((problem) => [`${problem.fieldPath}\n${problem.message}`, problem]));
  return [...told.values()];
}

/** A push may take away the namespace of manifests that it leaves alone. */
function checkNamespace(tree: AdmissionEnvironment, manifest: TreeManifest, identity: Identity): TreeProblem[] {
  if ('refusal' in identity || !identity.key.namespace) return [];
  const { namespace } = identity.key;
  if (tree.cluster.get(NAMESPACES, { name: namespace })) return [];
  const error = notFound({ group: '', resource: 'namespaces' }, namespace);
  return [
    {
      file: manifest.file,
      document: manifest.document,
      fieldPath: 'metadata.namespace',
      message: error.message,
      expected: 'the name of a namespace that exists',
      code: error.code,
    },
  ];
}

/** Namespaces, then Services that ask by number, then the rest; each by place, as sorted before (sorting is stable). */
function byPublication(a: TreeObject, b: TreeObject): number {
  return publicationRank(a) - publicationRank(b);
}

function publicationRank({ kind, next }: TreeObject): number {
  if (kind.resource.group !== '') return 2;
  if (kind.resource.plural === NAMESPACES.plural) return 0;
  return kind.resource.plural === SERVICES.plural && asksByNumber(next as Service) ? 1 : 2;
}

/** Whether a Service names an address or a port that it wants: it must be served before those that take any. */
export function asksByNumber({ spec }: Service): boolean {
  return Boolean(spec?.clusterIP || spec?.healthCheckNodePort || spec?.ports?.some((port) => port.nodePort));
}

/** Takes every Service's addresses and ports as the publication would, and gives them all back. */
function checkAddresses(
  { services }: AdmissionEnvironment,
  request: TreeRequest,
  objects: readonly TreeObject[],
): TreeProblem[] {
  if (!services) return [];
  const releasing = removedServices(request);
  const problems: TreeProblem[] = [];
  const held = objects.filter(isService).map(({ manifest, next, old }) => {
    const { errors, reservation } = services.allocate(cloneJson(next), old, releasing);
    for (const error of errors) {
      const { file, document } = manifest;
      problems.push({ file, document, fieldPath: error.field, message: errorBody(error), code: 422 });
    }
    return reservation;
  });
  for (const reservation of held) reservation.rollback();
  return problems;
}

const isService = ({ kind }: { kind: TreeObject['kind'] }): boolean =>
  kind.resource.group === '' && kind.resource.plural === SERVICES.plural;

/** `namespace/name` of the Services that a tree removes: what they hold may be taken over by others of the same push. */
export function removedServices({ removed }: Pick<TreeRequest, 'removed'>): ReadonlySet<string> {
  return new Set(removed.filter(isService).map(({ key }) => formatKey(key)));
}
