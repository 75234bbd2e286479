/**
 * Admission of a candidate's tree, a few milliseconds at a time: judging thousands of manifests in one go would keep everybody else waiting.
 */

import type { TreeManifest, TreeObject, TreeProblem, TreeWarning } from '../admission/contract.ts';
import type { WebhookAnswer, WebhookPort, WebhookQuestion } from '../admission/steps.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Clock } from '../base/clock.ts';
import type { JsonObject, KubeObject } from '../base/object.ts';
import { nextTurn } from '../base/turn.ts';
import { GIT_MANAGER } from '../kinds/common/git-ownership.ts';
import { convertAll, settled, unconverted } from '../kinds/conversion.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Store } from '../store/store.ts';
import { type Candidate, type DesiredState, isShared, type ObjectChanges } from './desired-state.ts';
import { PLAN_SLICE_MS, PUSH_WEBHOOKS_MS_MAX, WEBHOOKS_AT_ONCE_MAX } from './limits.ts';
import type { ManifestDocument, ManifestFile } from './manifest-file.ts';
import type { AdmissionPort } from './ports.ts';
import { createStanding } from './standing.ts';

export interface TreeInput {
  state: DesiredState;
  candidate: Candidate;
  changes: ObjectChanges;
  user: UserInfo;
  admission: AdmissionPort;
  store: Store;
  clock: Clock;
  /** Nothing will come of it. */
  isPlan?: boolean;
}

/** What was admitted. */
export interface AdmittedTree {
  /** It need not be judged again: nothing that the judgement looked at has been written since. */
  stands(): boolean;
  /** By the manifest's value itself. */
  objects: ReadonlyMap<Readonly<JsonObject>, TreeObject>;
}

export interface JudgedTree extends AdmittedTree {
  problems: readonly TreeProblem[];
  warnings: readonly TreeWarning[];
}

/** Begun anew when live objects first have to be converted to the versions of their manifests by others. */
export async function judgeTree(input: TreeInput): Promise<JudgedTree> {
  const needed = neededConversions(input);
  for (const one of needed) await convertAll(one);
  return settled(() => judgeConverted(input));
}

/** What is known to be needed, asked for together by kind. */
function neededConversions({ changes, store }: TreeInput): Parameters<typeof convertAll>[0][] {
  const byKind = new Map<Kind, Readonly<KubeObject>[]>();
  for (const { document } of changes.changed) {
    const { names } = document;
    const live = names?.kind.conversion && store.get(names.storeKey);
    if (live) byKind.set(names.kind, [...(byKind.get(names.kind) ?? []), live.value]);
  }
  return [...byKind].flatMap(([kind, objects]) => {
    const missing = unconverted(kind, objects);
    return missing.length > 0 ? [{ kind, objects: missing }] : [];
  });
}

async function judgeConverted(input: TreeInput): Promise<JudgedTree> {
  const { state, candidate, changes, user, admission, store, clock } = input;
  const { revision } = store;
  const manifests = treeManifests(state, candidate, changes);
  const removed = changes.removed.map(({ names: { kind, key } }) => ({ kind, key }));
  const request = { manifests, removed, user, manager: GIT_MANAGER, dryRun: input.isPlan ?? false };
  const steps = admission.admitTreeInSteps(admission.environment, request);
  const ask = createAsker(admission.environment.webhooks, clock);
  let answers: readonly WebhookAnswer[] = [];
  let sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
  for (;;) {
    const step = steps.next(answers);
    if (step.done) {
      const { objects, read, ...others } = step.value;
      const stands = createStanding(store, revision, read);
      return { ...others, stands, objects: new Map(objects.map((one) => [one.manifest.object, one])) };
    }
    answers = step.value.length > 0 ? await ask(step.value) : [];
    if (clock.monotonic() < sliceEnds) continue;
    await nextTurn();
    sliceEnds = clock.monotonic() + PLAN_SLICE_MS;
  }
}

type Asker = (questions: readonly WebhookQuestion[]) => Promise<readonly WebhookAnswer[]>;

/** Asks some at a time, and none any more when the push has waited long enough: others wait for its lease. */
function createAsker(port: WebhookPort | undefined, clock: Clock): Asker {
  const deadline = clock.monotonic() + PUSH_WEBHOOKS_MS_MAX;
  const askOne = async (question: WebhookQuestion): Promise<WebhookAnswer> => {
    if (!port) return 'not asked';
    const timeoutMs = Math.min(question.timeoutMs, deadline - clock.monotonic());
    if (timeoutMs <= 0) return { failure: 'failed to call webhook: context deadline exceeded' };
    return port.ask({ ...question, timeoutMs });
  };
  return async (questions) => {
    const answers: WebhookAnswer[] = [];
    let next = 0;
    const work = async () => {
      for (let index = next++; index < questions.length; index = next++)
        answers[index] = await askOne(questions[index]!);
    };
    await Promise.all(Array.from({ length: WEBHOOKS_AT_ONCE_MAX }, work));
    return answers;
  };
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
  for (const [{ number, object }, { path }] of documents) {
    yield { file: path, document: number, object, changed };
  }
}
