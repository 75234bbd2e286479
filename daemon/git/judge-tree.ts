/**
 * Admission of a candidate's tree in slices: judging thousands of manifests in one go would keep everybody else waiting. The outcome is the same as of
 * one call: each slice sees all other manifests too, only as ones that do not change.
 */

import type { TreeManifest, TreeObject, TreeProblem, TreeResult, TreeWarning } from '../admission/contract.ts';
import type { UserInfo } from '../auth/user.ts';
import { nextTurn } from '../base/turn.ts';
import { type Candidate, type DesiredState, manifestsOf, type ObjectChanges } from './desired-state.ts';
import { TREE_SLICE_MANIFESTS } from './limits.ts';
import type { ManifestDocument } from './manifest-file.ts';
import { type AdmissionPort, GIT_MANAGER } from './ports.ts';

export interface TreeInput {
  state: DesiredState;
  candidate: Candidate;
  changes: ObjectChanges;
  user: UserInfo;
  admission: AdmissionPort;
}

export async function judgeTree({ state, candidate, changes, user, admission }: TreeInput): Promise<TreeResult> {
  const manifests = treeManifests(state, candidate, changes);
  const removed = changes.removed.map(({ names: { kind, key } }) => ({ kind, key }));
  const problems = new Map<string, TreeProblem>();
  const warnings: TreeWarning[] = [];
  const objects: TreeObject[] = [];
  const atRest = new Map(manifests.filter(({ changed }) => changed).map((one) => [one, { ...one, changed: false }]));
  for (const slice of slicesOf(manifests)) {
    const seen = manifests.map((one) => (slice.has(one) ? one : (atRest.get(one) ?? one)));
    const request = { manifests: slice.size === 0 ? manifests : seen, removed, user, manager: GIT_MANAGER };
    const result = admission.admitTree(admission.environment, request);
    for (const problem of result.problems) {
      const { file, document, fieldPath, message } = problem;
      problems.set([file, document, fieldPath, message].join('\0'), problem);
    }
    warnings.push(...result.warnings);
    objects.push(...result.objects);
    await nextTurn();
  }
  return { problems: [...problems.values()], warnings, objects };
}

/**
 * The changed manifests by slices; one empty slice stands for all of them when they are few. Services share addresses and are judged together, so
 * they all go into the first.
 */
function slicesOf(manifests: readonly TreeManifest[]): ReadonlySet<TreeManifest>[] {
  const changed = manifests.filter((one) => one.changed);
  if (changed.length <= TREE_SLICE_MANIFESTS) return [new Set()];
  const services = changed.filter(({ object }) => object['kind'] === 'Service');
  const others = changed.filter(({ object }) => object['kind'] !== 'Service');
  const slices = services.length > 0 ? [new Set(services)] : [];
  for (let at = 0; at < others.length; at += TREE_SLICE_MANIFESTS) {
    slices.push(new Set(others.slice(at, at + TREE_SLICE_MANIFESTS)));
  }
  return slices;
}

function treeManifests(state: DesiredState, candidate: Candidate, changes: ObjectChanges): TreeManifest[] {
  const changed = new Set(changes.changed.map(({ document }) => document));
  const matters = mattersToTree(changes);
  const manifests: TreeManifest[] = [];
  for (const { file, document } of manifestsOf(state, candidate)) {
    const isChanged = changed.has(document);
    if (!isChanged && !matters(document)) continue;
    manifests.push({
      file: file.path,
      document: document.number,
      object: document.object,
      ...(document.duplicateFields ? { duplicateFields: document.duplicateFields } : {}),
      changed: isChanged,
    });
  }
  return manifests;
}

/**
 * Of the manifests that do not change, only those can contradict the ones that do, or be seen by them, which define the same object, are cluster-wide
 * or accounts, or live in a namespace that goes. The rest is in force and stands in the cluster: with 10,000 manifests, looking at all would cost
 * more than everything else.
 */
function mattersToTree(changes: ObjectChanges): (document: ManifestDocument) => boolean {
  const keys = new Set(changes.changed.map(({ document }) => document.names?.storeKey));
  const goingNamespaces = new Set(
    changes.removed.filter(({ names }) => names.kind.resource.kind === 'Namespace').map(({ names }) => names.key.name),
  );
  return ({ names }) =>
    !names?.key.namespace ||
    keys.has(names.storeKey) ||
    names.kind.resource.plural === 'serviceaccounts' ||
    goingNamespaces.has(names.key.namespace);
}
