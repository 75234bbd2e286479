/**
 * POST of `pods/x/binding`: assigns a pod to a node, once. Written past admission, as upstream: nobody comes to own `spec.nodeName`.
 */

import { formatTime } from '../../base/clock.ts';
import { aggregateMessage, type FieldError, notSupported, path, required } from '../../base/field.ts';
import { cloneJson, deepFreeze } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import { badRequest, conflict, notFound, type Status, StatusError } from '../../base/status.ts';
import type { Binding, Pod, PodCondition } from '../../kinds/types.generated.ts';
import type { Entry } from '../../store/store.ts';
import type { RestContext } from './context.ts';
import { groupResource, keyOfTarget } from './get.ts';
import type { Target, WriteParameters, WriteResult } from './requests.ts';
import { encodedEntry } from './view.ts';
import { managerOf } from './write-options.ts';

const ATTEMPTS_MAX = 100;

/** `target` is the pod. Throws 400, 404, 409 (assigned already, being deleted), 500 for an invalid target as upstream. */
export async function bindPod(
  context: RestContext,
  target: Target,
  body: KubeObject,
  parameters: WriteParameters,
): Promise<WriteResult> {
  const binding = body as Binding;
  if ((binding.metadata?.name ?? '') !== target.name)
    throw badRequest('name in URL does not match name in Binding object');
  checkBinding(binding);
  let entry = context.store.get(keyOfTarget(target));
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    if (!entry) throw notFound(groupResource(target), target.name);
    const next = assign(entry.value as Pod, binding, context.clock.now());
    if (parameters.dryRun) return succeeded();
    const outcome = await write(context, target, entry, next, parameters);
    if (outcome.ok) return succeeded();
    entry = outcome.present;
  }
  throw conflictOf(target.name, 'the pod is being changed all the time');
}

function write(
  context: RestContext,
  target: Target,
  { key, modRevision, value }: Entry,
  next: Pod,
  parameters: WriteParameters,
): ReturnType<RestContext['persistence']['write']> {
  return context.persistence.write({
    kind: target.kind,
    user: target.user,
    verb: 'create',
    subresource: 'binding',
    fieldManager: managerOf(target, parameters),
    generated: false,
    key,
    old: value,
    next,
    operations: [{ type: 'put', key, value: next, expect: modRevision }],
  });
}

function checkBinding({ target }: Binding): void {
  const errors: FieldError[] = [];
  const at = path('target');
  if (target?.kind && target.kind !== 'Node')
    errors.push(notSupported(at.child('kind'), target.kind, ['Node', '<empty>']));
  if (!target?.name) errors.push(required(at.child('name')));
  if (errors.length > 0) throw new StatusError(500, '', aggregateMessage(errors));
}

/** The pod on its node. Throws 409. */
function assign(live: Readonly<Pod>, binding: Binding, now: number): Pod {
  const name = live.metadata?.name ?? '';
  const { uid, resourceVersion, annotations } = binding.metadata ?? {};
  if (uid && uid !== live.metadata?.uid)
    throw conflictOf(
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata?.uid}`,
    );
  if (resourceVersion && resourceVersion !== live.metadata?.resourceVersion)
    throw conflictOf(
      name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${live.metadata?.resourceVersion}`,
    );
  if (live.metadata?.deletionTimestamp)
    throw conflictOf(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (live.spec?.nodeName) throw conflictOf(name, `pod ${name} is already assigned to node "${live.spec.nodeName}"`);
  if (live.spec?.schedulingGates?.length) throw conflictOf(name, `pod ${name} has non-empty .spec.schedulingGates`);
  const pod = cloneJson(live) as Pod;
  pod.spec!.nodeName = binding.target.name;
  if (annotations) pod.metadata!.annotations = { ...pod.metadata!.annotations, ...annotations };
  pod.status = { ...pod.status, conditions: withScheduled(pod.status?.conditions ?? [], now) };
  return pod;
}

function withScheduled(conditions: readonly PodCondition[], now: number): PodCondition[] {
  const present = conditions.find(({ type }) => type === 'PodScheduled');
  const isSame = present?.status === 'True' && present.lastTransitionTime;
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null as unknown as string,
    lastTransitionTime: isSame ? present.lastTransitionTime : formatTime(now),
  };
  if (!present) return [...conditions, scheduled];
  return conditions.map((condition) => (condition === present ? scheduled : condition));
}

function conflictOf(name: string, why: string): StatusError {
  return conflict({ group: '', resource: 'pods/binding' }, name, why);
}

/** `Success`, as answered to a POST that makes no object of its own: 201. */
export function succeeded(): WriteResult {
  const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return { entry: encodedEntry(deepFreeze(status) as unknown as KubeObject), created: true, warnings: [] };
}
