/**
 * Admission of a candidate's tree, a few milliseconds at a time: judging thousands of manifests in one go would keep everybody else waiting.
 */

import type { TreeManifest, TreeObject, TreeProblem, TreeWarning } from '../admission/contract.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Clock } from '../base/clock.ts';
import type { JsonObject } from '../base/object.ts';
import { nextTurn } from '../base/turn.ts';
import type { Store } from '../store/store.ts';
import { type Candidate, type DesiredState, isShared, type ObjectChanges } from './desired-state.ts';
import { PLAN_SLICE_MS } from './limits.ts';
import type { ManifestDocument, ManifestFile } from './manifest-file.ts';
import { type AdmissionPort, GIT_MANAGER } from './ports.ts';

export interface TreeInput {
  state: DesiredState;
  candidate: Candidate;
  changes: ObjectChanges;
  user: UserInfo;
  admission: AdmissionPort;
  store: Store;
  clock: Clock;
}

/** What was admitted, and on which revision of the store: while that is the newest, it need not be judged again. */
export interface AdmittedTree {
  revision: number;
  /** By the manifest's value itself. */
  objects: ReadonlyMap<Readonly<JsonObject>, TreeObject>;
}

export interface JudgedTree extends AdmittedTree {
  problems: readonly TreeProblem[];
  warnings: readonly TreeWarning[];
}

export async function judgeTree(input: TreeInput): Promise<JudgedTree> {
  const { state, candidate, changes, user, admission, store, clock } = input;
  const { revision } = store;
  const manifests = treeManifests(state, candidate, changes);
  const removed = changes.removed.map(({ names: { kind, key } }) => ({ kind, key }));
  const steps = admission.admitTreeInSteps(admission.environment, { manifests, removed, user, manager: GIT_MANAGER });
  let sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done) {
      const { objects, ...others } = step.value;
      return { ...others, revision, objects: new Map(objects.map((one) => [one.manifest.object, one])) };
    }
    if (clock.monotonic() < sliceEnds) continue;
    await nextTurn();
    sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
  }
}

/**
 * The manifests that change, and those at rest that can contradict them or be seen by them: which define the same object, are cluster-wide or
 * accounts, or live in a namespace that goes. The rest is in force and stands in the cluster; it is not even looked at, whatever its number.
 */
function treeManifests(state: DesiredState, candidate: Candidate, changes: ObjectChanges): TreeManifest[] {
  const changed = new Map<ManifestDocument, ManifestFile>(
    changes.changed.map(({ document, file }) => [document, file]),
  );
  const keys = new Set(changes.changed.map(({ document }) => document.names?.storeKey));
  const goingNamespaces = new Set(
    changes.removed.filter(({ names }) => names.kind.resource.kind === 'Namespace').map(({ names }) => names.key.name),
  );
  const atRest = new Map<ManifestDocument, ManifestFile>();
  for (const file of candidate.files.values()) {
    for (const document of file?.documents ?? []) {
      const { names } = document;
      const matters = isShared(document) || keys.has(names!.storeKey) || goingNamespaces.has(names!.key.namespace!);
      if (matters && !changed.has(document)) atRest.set(document, file!);
    }
  }
  for (const [document, file] of untouched(state, candidate, keys, goingNamespaces)) atRest.set(document, file);
  return [...toTreeManifests(changed, true), ...toTreeManifests(atRest, false)];
}

/** Of the files that the candidate leaves alone. */
function* untouched(
  state: DesiredState,
  candidate: Candidate,
  keys: Iterable<string | undefined>,
  goingNamespaces: Iterable<string>,
): Generator<readonly [ManifestDocument, ManifestFile]> {
  const isUntouched = (file: ManifestFile): boolean => !candidate.files.has(file.path);
  for (const [document, file] of state.shared) if (isUntouched(file)) yield [document, file];
  for (const key of keys) {
    const object = key === undefined ? undefined : state.objects.get(key);
    if (object && isUntouched(object.file)) yield [object.document, object.file];
  }
  for (const namespace of goingNamespaces) {
    for (const key of state.inNamespace(namespace)) {
      const { document, file } = state.objects.get(key)!;
      if (isUntouched(file)) yield [document, file];
    }
  }
}

function* toTreeManifests(
  documents: ReadonlyMap<ManifestDocument, ManifestFile>,
  changed: boolean,
): Generator<TreeManifest> {
  for (const [{ number, object, duplicateFields }, { path }] of documents) {
    yield { file: path, document: number, object, ...(duplicateFields ? { duplicateFields } : {}), changed };
  }
}
