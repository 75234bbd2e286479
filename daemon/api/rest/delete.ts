/**
 * DELETE of one object: at once, or in steps (grace, finalizers) that others finish.
 */

import { admitDelete } from '../../admission/admit-delete.ts';
import { isUnchanged } from '../../admission/compare.ts';
import { deepFreeze } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import { forbidden, notFound, type Status, staleObject } from '../../base/status.ts';
import { settled, shown, toStored } from '../../kinds/conversion.ts';
import type { CommitResult, Entry, Operation } from '../../store/store.ts';
import type { RestContext } from './context.ts';
import { checkDeleteOptions, checkPreconditions, type DeletionPlan, planDeletion } from './delete-plan.ts';
import { groupResource, keyOfTarget } from './get.ts';
import type { DeleteParameters, DeleteResult, ReadEntry, Target } from './requests.ts';
import { returnsDeletedObject, undeletable } from './strategies.ts';
import { encodedEntry, readEntry } from './view.ts';
import { managerOf } from './write-options.ts';

/** As for updates: so many lost races in a row mean a writer in a loop. */
const ATTEMPTS_MAX = 100;

/** Throws 403, 404, 409, 422. */
export async function deleteObject(
  context: RestContext,
  target: Target,
  parameters: DeleteParameters = {},
  verb: 'delete' | 'deletecollection' = 'delete',
): Promise<DeleteResult> {
  checkDeleteOptions(parameters);
  const why = verb === 'delete' ? undeletable(target.kind, target.name) : undefined;
  if (why) throw forbidden(groupResource(target), target.name, why);
  const warnings: string[] = [];
  const result = await removeObject(context, target, parameters, verb, warnings);
  return warnings.length > 0 ? { ...result, warnings } : result;
}

async function removeObject(
  context: RestContext,
  target: Target,
  parameters: DeleteParameters,
  verb: 'delete' | 'deletecollection',
  warnings: string[],
): Promise<DeleteResult> {
  let entry: Entry | undefined = context.store.get(keyOfTarget(target));
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    if (!entry) throw notFound(groupResource(target), target.name);
    const stored = entry.value;
    const live = await settled(() => shown(target.kind, stored));
    warnings.length = 0;
    await checkAllowed(context, target, live, parameters, warnings);
    const plan = planDeletion(target.kind, live, parameters, context.clock.now());
    const before = readEntry(target.kind, entry);
    if (plan.type === 'none' || (plan.type === 'mark' && isUnchanged(plan.next, live)))
      return stays(before, parameters);
    if (parameters.dryRun) return dryRun(target, plan, before, parameters);
    const outcome = await carryOut(context, target, entry, plan, verb);
    if (outcome.ok) return await finish(target, plan, outcome, before, parameters);
    entry = outcome.present;
  }
  throw staleObject(groupResource(target), target.name);
}

async function checkAllowed(
  context: RestContext,
  { kind, namespace, name, user }: Target,
  live: Readonly<KubeObject>,
  parameters: DeleteParameters,
  warnings: string[],
): Promise<void> {
  const dryRun = Boolean(parameters.dryRun);
  const warn = (text: string) => void warnings.push(text);
  const refusal = await admitDelete(context.admission, {
    ...{ kind, key: { namespace, name }, user, live, dryRun, warn },
    annotate: context.annotate,
  });
  if (refusal) throw refusal;
  checkPreconditions(kind, live, parameters);
}

async function carryOut(
  context: RestContext,
  target: Target,
  { key, modRevision, value }: Entry,
  plan: Exclude<DeletionPlan, { type: 'none' }>,
  verb: 'delete' | 'deletecollection',
): Promise<CommitResult> {
  const { kind, user } = target;
  const marked = plan.type === 'mark' ? plan.next : plan.last;
  const operations: Operation[] = [];
  if (marked) operations.push({ type: 'put', key, value: await toStored(kind, marked), expect: modRevision });
  if (plan.type === 'remove') operations.push({ type: 'delete', key, expect: modRevision });
  return context.persistence.write({
    kind,
    user,
    verb,
    subresource: '',
    fieldManager: managerOf(target, {}),
    generated: false,
    key,
    old: shown(kind, value),
    next: plan.type === 'mark' ? plan.next : undefined,
    operations,
  });
}

async function finish(
  target: Target,
  plan: Exclude<DeletionPlan, { type: 'none' }>,
  outcome: CommitResult & { ok: true },
  before: ReadEntry,
  parameters: DeleteParameters,
): Promise<DeleteResult> {
  const stored = outcome.entries.find(({ key }) => key === keyOfTarget(target));
  const last = stored ? await settled(() => readEntry(target.kind, stored)) : before;
  return plan.type === 'mark' ? stays(last, parameters) : gone(target, last);
}

function dryRun(
  target: Target,
  plan: Exclude<DeletionPlan, { type: 'none' }>,
  before: ReadEntry,
  parameters: DeleteParameters,
): DeleteResult {
  if (plan.type === 'mark') return stays(encodedEntry(deepFreeze(plan.next)), parameters);
  return gone(target, plan.last ? encodedEntry(deepFreeze(plan.last)) : before);
}

/** 202 only for who asked by the deprecated `orphanDependents: false`, as upstream. */
function stays(entry: ReadEntry, { orphanDependents }: DeleteParameters): DeleteResult {
  return { answer: { entry }, object: entry.value, code: orphanDependents === false ? 202 : 200 };
}

function gone(target: Target, last: ReadEntry): DeleteResult {
  if (returnsDeletedObject(target.kind)) return { answer: { entry: last }, object: last.value, code: 200 };
  const { group, plural } = target.kind.resource;
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: target.name,
      ...(group ? { group } : {}),
      kind: plural,
      ...(last.value.metadata?.uid ? { uid: last.value.metadata.uid } : {}),
    },
  };
  return { answer: { status }, object: last.value, code: 200 };
}
