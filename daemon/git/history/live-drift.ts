/**
 * What lives against what git says: objects that are missing, fields that git owns and that are otherwise, and, when asked for, fields that others own
 * in objects of git. Planned exactly as the drift watch plans a correction, and then not done. Secrets' values are not in the outcome.
 */

import { fieldChanges, withoutSecrets } from '../../base/field-changes.ts';
import type { KubeObject } from '../../base/object.ts';
import { GIT_MANAGER } from '../../kinds/common/git-ownership.ts';
import type { DesiredObject } from '../desired-state.ts';
import type { GitEngine } from '../engine.ts';
import { planObjects } from '../plan-objects.ts';
import { HOST_ADMINISTRATOR } from '../ports.ts';
import { type ChangedField, hiddenPaths, type ObjectDifference, toDifference } from './compare.ts';
import { ownedFields, ownersOf } from './field-owners.ts';
import type { LineFinder } from './lines.ts';

export interface LiveDrift {
  readonly objects: readonly ObjectDifference[];
  /** Objects that could not be compared, and why. */
  readonly problems: readonly string[];
}

/** What the server alone writes: no drift. */
const OF_THE_SERVER = /^(status\b|metadata\.(resourceVersion|generation|managedFields|uid|creationTimestamp)\b)/;

export async function findDrift(
  engine: GitEngine,
  lines: LineFinder,
  { namespace, foreign }: { namespace?: string; foreign: boolean },
): Promise<LiveDrift> {
  const { store, admission, clock } = engine.options;
  const wanted = [...engine.state.objects.values()].filter(
    ({ names }) => namespace === undefined || names.key.namespace === namespace,
  );
  const changes = { changed: wanted.map((object) => ({ ...object, before: object })), removed: [] };
  const plan = await planObjects({
    store,
    admission,
    clock,
    user: HOST_ADMINISTRATOR,
    holds: engine.holds.texts,
    changes,
  });
  plan.settle(false);
  const planned = new Map(plan.operations.map((operation) => [operation.key, operation]));
  const objects: ObjectDifference[] = [];
  for (const object of wanted) {
    const live = store.get(object.names.storeKey)?.value;
    const operation = planned.get(object.names.storeKey);
    if (!live) {
      objects.push(toDifference(object, 'missing', []));
      continue;
    }
    const said = operation?.type === 'put' ? operation.value : live;
    const fields = await lines.addTo(driftedFields(object, said, live), object, undefined);
    const more = foreign ? foreignFields(object, live) : [];
    const told = [...fields.map((field) => ({ ...field, ...writerOf(live, field.path) })), ...more];
    if (told.length > 0) objects.push(toDifference(object, 'changed', told));
  }
  return {
    objects,
    problems: plan.problems.map(({ file, document, problem }) => `${file.path}:${document.line}: ${problem.message}`),
  };
}

/** `before`: as git says it; `after`: as it lives. */
function driftedFields(object: DesiredObject, said: Readonly<KubeObject>, live: Readonly<KubeObject>) {
  const changes = fieldChanges(said, live).filter(({ path }) => !OF_THE_SERVER.test(path));
  return withoutSecrets(object.names.kind.resource.kind, changes, hiddenPaths(object));
}

/** Whoever owns the field as it lives, besides git. */
function writerOf(live: Readonly<KubeObject>, path: string): { by?: string } {
  const others = ownersOf(live, path)?.owners.filter(({ manager }) => manager !== GIT_MANAGER) ?? [];
  return others.length > 0 ? { by: others.map(({ manager }) => manager).join(', ') } : {};
}

/** Leaves of others: what an autoscaler, a controller or a person set that no manifest names. */
function foreignFields(object: DesiredObject, live: Readonly<KubeObject>): ChangedField[] {
  const owned = ownedFields(live).filter(({ owner, value }) => owner.subresource !== 'status' && !isInner(value));
  const ofGit = new Set(owned.filter(({ owner }) => owner.manager === GIT_MANAGER).map(({ path }) => path));
  const foreign = owned
    .filter(({ path }) => !ofGit.has(path) && !OF_THE_SERVER.test(path))
    .map(({ path, value, owner }) => ({ path, label: path, after: value, by: owner.manager }));
  const shown = withoutSecrets(object.names.kind.resource.kind, foreign, hiddenPaths(object));
  return shown.map((field, at) => ({ ...field, by: foreign[at]!.by }));
}

/** Objects and lists of objects: their members are owned by themselves. */
const isInner = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;
