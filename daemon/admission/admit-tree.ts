/**
 * The admission of a whole tip: each changed manifest by itself, and what holds between manifests. The result does not depend on the order in
 * which the manifests are given. Nothing is written and nothing stays reserved.
 */

import { errorBody } from '../base/field.ts';
import { cloneJson } from '../base/json.ts';
import { formatKey, type KubeObject } from '../base/object.ts';
import { registryKey } from '../base/registry-key.ts';
import { notFound } from '../base/status.ts';
import { shown } from '../kinds/conversion.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, SERVICES } from '../kinds/resources.ts';
import type { Service } from '../kinds/types.generated.ts';
import { admitManifestSteps } from './admit-manifest.ts';
import type { Reservation } from './allocation/service-allocator.ts';
import { ComingObjects } from './coming-objects.ts';
import type {
  AdmissionEnvironment,
  AdmissionProblem,
  ClusterView,
  ManifestResult,
  TreeManifest,
  TreeObject,
  TreeProblem,
  TreeRequest,
  TreeResult,
  TreeWarning,
} from './contract.ts';
import { type Identity, identify, identityText } from './manifest.ts';
import { ReadRecord } from './read-record.ts';
import { type AdmissionSteps, runSteps } from './steps.ts';
import { createTreeView, isPolicy, isRule } from './tree-view.ts';
import { type Finished, WaitingAdmissions } from './waiting.ts';

type Identified = { manifest: TreeManifest; identity: Identity };

/** Without webhooks. */
export function admitTree(environment: AdmissionEnvironment, request: TreeRequest): TreeResult {
  return runSteps(admitTreeInSteps(environment, request));
}

/** What has been found so far. */
interface Findings {
  readonly problems: TreeProblem[];
  readonly warnings: TreeWarning[];
  readonly objects: TreeObject[];
  readonly held: Reservation[];
  /** Rules of the tree as they have been admitted. */
  readonly settled: ComingObjects;
}

interface About {
  readonly manifest: TreeManifest;
  readonly live: Readonly<KubeObject> | undefined;
}

type Waiting = WaitingAdmissions<About, ManifestResult>;

/**
 * {@link admitTree} with a pause after each changed manifest, so that whoever judges thousands can let others have their turn. Webhooks are asked for
 * many manifests together: about rules first, then about what they are rules for.
 */
export function* admitTreeInSteps(environment: AdmissionEnvironment, request: TreeRequest): AdmissionSteps<TreeResult> {
  const identified = [...request.manifests]
    .sort(byPlace)
    .map((manifest) => ({ manifest, identity: identify(environment.registry, manifest.object) }));
  const settled = new ComingObjects();
  const read = new ReadRecord();
  const tree = treeEnvironment(read.follow(environment), request, identified, settled);
  const problems: TreeProblem[] = findDuplicates(identified);
  const found: Findings = { problems, warnings: [], objects: [], held: [], settled };
  const contradicted = new Set(problems.map(placeOf));
  const waiting: Waiting = new WaitingAdmissions();
  try {
    for (const group of rulesFirst(identified)) {
      for (const { manifest, identity } of group) {
        if (!manifest.changed) problems.push(...checkNamespace(tree, manifest, identity));
        if (!manifest.changed || contradicted.has(placeOf(manifest))) continue;
        startOne({ tree, live: environment.cluster }, request, manifest, { waiting, found });
        if (waiting.isFull) for (const one of yield* waiting.finish()) takeIn(one, found);
        yield [];
      }
      for (const one of yield* waiting.finish()) takeIn(one, found);
    }
  } finally {
    waiting.abandon();
    for (const reservation of found.held) reservation.rollback();
  }
  const { objects, warnings } = found;
  objects.sort((a, b) => publicationRank(a) - publicationRank(b) || byPlace(a.manifest, b.manifest));
  problems.push(...checkAddresses(environment, request, objects));
  return { problems: problems.sort(byPlace), warnings: warnings.sort(byPlace), objects, read };
}

/** Policies, then what else judges others, then the rest. */
function rulesFirst(identified: readonly Identified[]): Identified[][] {
  const rank = ({ identity }: Identified): number => {
    if ('refusal' in identity) return 2;
    return isPolicy(identity.kind.resource) ? 0 : isRule(identity.kind.resource) ? 1 : 2;
  };
  return [0, 1, 2].map((of) => identified.filter((one) => rank(one) === of));
}

const placeOf = ({ file, document }: { file: string; document: number }): string => `${file}\n${document}`;

function byPlace(a: { file: string; document: number }, b: { file: string; document: number }): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.document - b.document;
}

/** Admission sees the cluster as it will be; addresses are judged for the whole tree at once, and room in quotas is held until all is judged. */
function treeEnvironment(
  environment: AdmissionEnvironment,
  request: TreeRequest,
  identified: readonly Identified[],
  settled: ComingObjects,
): AdmissionEnvironment {
  const defined = new ComingObjects();
  for (const { manifest, identity } of identified) {
    if ('refusal' in identity) continue;
    const { kind, key } = identity;
    defined.set(kind.resource, registryKey(kind.resource, key), manifest.object as KubeObject);
  }
  const removed = new Set(
    request.removed.map(({ kind, key }) => registryKey(kind.resource, key)).filter((key) => !defined.has(key)),
  );
  const cluster = createTreeView(environment.cluster, { defined, removed, settled });
  return { ...environment, services: undefined, quotas: environment.quotas?.without(removed), cluster };
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

function startOne(
  views: { tree: AdmissionEnvironment; live: ClusterView },
  { user, manager, dryRun }: TreeRequest,
  manifest: TreeManifest,
  { waiting, found }: { waiting: Waiting; found: Findings },
): void {
  const { object } = manifest;
  const { tree } = views;
  const identity = identify(tree.registry, object);
  const stored = 'refusal' in identity ? undefined : views.live.get(identity.kind.resource, identity.key);
  const live = 'refusal' in identity || !stored ? undefined : shown(identity.kind, stored);
  const asked = { object, live, user, manager, dryRun: dryRun ?? false };
  const done = waiting.start({ manifest, live }, admitManifestSteps(tree, asked));
  if (done) takeIn(done, found);
}

function takeIn(
  { about: { manifest, live }, result, answers }: Finished<About, ManifestResult>,
  found: Findings,
): void {
  const { file, document } = manifest;
  found.held.push(result.reservation);
  for (const message of result.warnings) found.warnings.push({ file, document, message });
  const code = result.error?.code ?? 0;
  for (const problem of withoutRepeats(result.problems)) found.problems.push({ ...problem, file, document, code });
  if (result.error && result.problems.length === 0)
    found.problems.push({ fieldPath: '', message: result.error.message, file, document, code });
  if (result.error || !result.kind || !result.key) return;
  const { kind, key, operation, object: next, auditAnnotations } = result;
  const noted = { ...(answers.length > 0 ? { answers } : {}), ...(auditAnnotations ? { auditAnnotations } : {}) };
  found.objects.push({ manifest, kind, key, operation, old: live, next, ...noted });
  if (isRule(kind.resource)) found.settled.set(kind.resource, registryKey(kind.resource, key), next);
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

/** Namespaces and definitions, then Services that ask by number, then the rest. */
function publicationRank({ kind, next }: TreeObject): number {
  const { group, plural } = CUSTOM_RESOURCE_DEFINITIONS;
  if (kind.resource.group === group && kind.resource.plural === plural) return 0;
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
