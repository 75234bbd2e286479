/**
 * Whether a commit may come into force: its form, the prune guard, admission of the whole tree, the pusher's rights. It changes nothing.
 * The same for a push, for a ref that was moved on the host, and for what is found at start.
 */

import type { TreeProblem } from '../admission/contract.ts';
import type { RolesOfPush } from '../auth/grants.ts';
import type { PolicyRule } from '../auth/rbac.ts';
import type { Authorizer, UserInfo } from '../auth/user.ts';
import type { Clock } from '../base/clock.ts';
import { registryKey } from '../base/registry-key.ts';
import type { Store } from '../store/store.ts';
import { refuseConfiguration, refuseVerb } from './authorize-push.ts';
import { CONFIGURATION_FILE } from './configuration/read.ts';
import { checkUndefined } from './definitions.ts';
import { type Candidate, type DesiredState, decideChanges, type ObjectChanges } from './desired-state.ts';
import { type AdmittedTree, type JudgedTree, judgeTree } from './judge-tree.ts';
import { PROBLEMS_SHOWN_MAX } from './limits.ts';
import { describeObject, type ManifestDocument, type ManifestFile, type NamedObject } from './manifest-file.ts';
import type { ObjectReader } from './object-reader.ts';
import type { AdmissionPort, ManifestReader } from './ports.ts';
import { formatProblem, type PushProblem, sortProblems } from './problem.ts';
import { checkKept, judgeRemovals, type Present } from './prune/guard.ts';
import { checkOrder } from './rollout/check-order.ts';
import { plainTextProblem, type SecretSettings } from './secrets/plain-text.ts';
import { hideValues } from './secrets/redact.ts';
import { checkSuspensions } from './suspension/suspension.ts';

/** Webhooks may be asked about each. */
const REMOVED_AT_ONCE_MAX = 16;

export interface Judgement {
  candidate: Candidate;
  changes: ObjectChanges;
  /** Sorted. Empty: it may be published. */
  problems: readonly PushProblem[];
  /** For the pusher; they do not refuse. */
  warnings: readonly string[];
  /** Present when there are no problems. */
  admitted?: AdmittedTree;
}

export interface JudgeInput {
  state: DesiredState;
  candidate: Candidate;
  /** Found while it was read; then nothing else is looked at. */
  formProblems: readonly PushProblem[];
  user: UserInfo;
  admission: AdmissionPort;
  authorizer: Authorizer;
  /** To find the lines of what is wrong: the quarantine's for a push. */
  reader: ObjectReader;
  manifests: ManifestReader;
  store: Store;
  clock: Clock;
  /** What a workload is still held for since an earlier commit: store keys. */
  heldFor(storeKey: string): readonly string[];
  secrets: SecretSettings;
  /** Milliseconds since the epoch. */
  nowMs: number;
  /** Whether somebody said that what goes is meant to go; asked only when much goes. */
  isConfirmed(): Promise<boolean>;
  /** Nothing will come of it: webhooks are told so. */
  isPlan?: boolean;
}

export async function judgeCandidate(input: JudgeInput): Promise<Judgement> {
  const { state, candidate, formProblems } = input;
  const changes = decideChanges(state, candidate);
  const refuse = (problems: readonly PushProblem[]): Judgement => ({
    candidate,
    changes,
    problems: sortProblems(problems),
    warnings: [],
  });
  if (formProblems.length > 0) return refuse(formProblems);
  const { prune } = state.configuration;
  const present = presentOf(input);
  const guarded = judgeRemovals(changes, present, prune);
  if (guarded && !(await input.isConfirmed())) return refuse([guarded]);
  const tree = await judgeTree({ ...input, changes });
  const problems = [
    ...(await Promise.all(
      [
        ...tree.problems,
        ...orderProblems(input, changes),
        ...checkSuspensions(changes, input.nowMs),
        ...checkKept(changes, present),
      ].map((one, position) => placeProblem(input, one, position)),
    )),
    ...checkUndefined(state, changes),
    ...(await judgeRights(input, changes, tree)),
  ];
  const plain = plainSecrets(input, changes);
  const warnings = tree.warnings.map(({ file, document, message }) => {
    const about = fileOf(input, file)?.documents[document];
    return `${file}: ${about ? hideValues(about, message) : message}`;
  });
  if (input.secrets.plainText === 'refuse') problems.push(...plain);
  else warnings.push(...plain.map(formatProblem));
  return { candidate, changes, problems: sortProblems(problems), warnings, admitted: tree };
}

/** What is live, for what a namespace takes with it. */
function presentOf({ state, admission }: JudgeInput): Present {
  const { registry, cluster } = admission.environment;
  return {
    count: state.objects.size,
    inNamespace(name) {
      const kinds = registry.kinds.filter(({ stored, resource }) => stored && resource.namespaced);
      const resources = new Map(kinds.map(({ resource }) => [`${resource.group}/${resource.plural}`, resource]));
      return [...resources.values()].flatMap((resource) =>
        cluster.list(resource, name).map((object) => {
          const key = { namespace: name, name: object.metadata?.name ?? '' };
          return { storeKey: registryKey(resource, key), object };
        }),
      );
    },
  };
}

/** Secrets in plain text among what changes: what is in force already is not told of again. */
function plainSecrets({ secrets }: JudgeInput, { changed }: ObjectChanges): PushProblem[] {
  return changed.flatMap(({ file, document }) => plainTextProblem(file, document, secrets) ?? []);
}

function orderProblems({ state, admission, heldFor }: JudgeInput, changes: ObjectChanges): TreeProblem[] {
  const { cluster, registry } = admission.environment;
  const isLive = ({ kind, key }: NamedObject): boolean => cluster.get(kind.resource, key) !== undefined;
  return checkOrder({ state, changes, registry, isLive, heldFor });
}

async function judgeRights(input: JudgeInput, changes: ObjectChanges, tree: JudgedTree): Promise<PushProblem[]> {
  const { authorizer, user, admission } = input;
  const problems: PushProblem[] = [];
  const unconfigured = input.candidate.configuration && refuseConfiguration(authorizer, user);
  if (unconfigured) problems.push({ file: CONFIGURATION_FILE, message: unconfigured });
  const pushed = rolesOfPush(tree);
  const placed = new Map(changes.changed.map((change) => [`${change.file.path}\0${change.document.number}`, change]));
  for (const { manifest, kind, operation, old, next } of tree.objects.values()) {
    const change = placed.get(`${manifest.file}\0${manifest.document}`);
    const names = change?.document.names;
    if (!names) continue;
    const message =
      refuseVerb(authorizer, user, operation, names) ?? admission.refuseGrant(kind, next, old, user, pushed);
    if (message) problems.push(aboutDocument(change.file, change.document, message));
  }
  return [...problems, ...(await judgeRemoved(input, changes))];
}

async function judgeRemoved(
  { authorizer, user, admission, isPlan = false }: JudgeInput,
  { removed }: ObjectChanges,
): Promise<PushProblem[]> {
  const problems: PushProblem[] = [];
  for (let from = 0; from < removed.length; from += REMOVED_AT_ONCE_MAX) {
    const some = removed.slice(from, from + REMOVED_AT_ONCE_MAX);
    const messages = await Promise.all(
      some.map(
        async ({ names }) =>
          refuseVerb(authorizer, user, 'delete', names) ??
          (await admission.refuseDelete(names.kind, names.key, user, isPlan)),
      ),
    );
    for (const [index, { names: _names, file, document }] of some.entries()) {
      const message = messages[index];
      if (message) problems.push({ ...aboutDocument(file, document, message), expected: 'the manifest to stay' });
    }
  }
  return problems;
}

/** The rules of the roles that the push brings, judged like all else in it: a binding beside its role needs no role in the cluster. */
function rolesOfPush(tree: JudgedTree): RolesOfPush {
  const rules = new Map<string, readonly PolicyRule[]>();
  for (const { kind, key, next } of tree.objects.values()) {
    if (kind.resource.group !== 'rbac.authorization.k8s.io') continue;
    const role = next as { rules?: PolicyRule[] | null };
    rules.set(`${kind.resource.kind}/${key.namespace ?? ''}/${key.name}`, role.rules ?? []);
  }
  return ({ kind, name }, namespace) => rules.get(`${kind}/${kind === 'Role' ? namespace : ''}/${name}`);
}

function aboutDocument(file: ManifestFile, document: ManifestDocument, message: string): PushProblem {
  const { line, column, names } = document;
  const object = names ? { object: describeObject(names) } : {};
  return { file: file.path, line, column, ...object, message: hideValues(document, message) };
}

/** The line and column of an admission problem; exact ones only for those that will be shown. */
async function placeProblem(input: JudgeInput, problem: TreeProblem, position: number): Promise<PushProblem> {
  const { fieldPath, expected, file: path, document: number, other } = problem;
  const file = fileOf(input, path);
  const document = file?.documents[number];
  const message = document ? hideValues(document, problem.message) : problem.message;
  const common = { file: path, message, ...(expected ? { expected } : {}), ...(fieldPath ? { fieldPath } : {}) };
  if (!file || !document) return common;
  const place =
    position < PROBLEMS_SHOWN_MAX
      ? await fieldPosition(input, file, document, fieldPath)
      : { line: document.line, column: document.column };
  return {
    ...common,
    ...place,
    ...(document.names ? { object: describeObject(document.names) } : {}),
    ...(other ? { other: otherPlace(input, other) } : {}),
  };
}

function otherPlace(input: JudgeInput, other: { file: string; document: number }): string {
  const line = fileOf(input, other.file)?.documents[other.document]?.line;
  return line === undefined ? other.file : `${other.file}:${line}`;
}

function fileOf({ candidate, state }: JudgeInput, path: string): ManifestFile | undefined {
  return candidate.files.has(path) ? candidate.files.get(path) : state.files.get(path);
}

async function fieldPosition(
  { reader, manifests }: JudgeInput,
  file: ManifestFile,
  { document, itemPath, line, column }: ManifestDocument,
  fieldPath: string,
): Promise<{ line: number; column: number }> {
  const path = [itemPath, fieldPath].filter(Boolean).join('.');
  const blob = path === '' ? undefined : await reader.read(file.blob);
  return blob ? manifests.positionOf(blob.content, file.path, document, path) : { line, column };
}
