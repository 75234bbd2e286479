/**
 * MutatingAdmissionWebhook: the webhooks that want to see a request are asked one after the other, each with what the ones before made of the
 * object. When one of them has changed it, the built-in plugins run once more, and webhooks with `reinvocationPolicy: IfNeeded` are asked once more if
 * others changed the object after them.
 */

import { deepEqual } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { asStatusError, internalError } from '../../base/status.ts';
import { Turn } from '../../cel/budget.ts';
import type { Webhook } from '../../kinds/common/admission/webhooks.ts';
import { SCALE } from '../../kinds/common/scale-view.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { Scale } from '../../kinds/types.generated.ts';
import { applyJsonPatch } from '../../merge/json-patch.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import { shownObject, versionedObject } from '../matching/activation.ts';
import type { Attributes, Refusal } from '../plugin.ts';
import { type AdmissionSteps, giveWay } from '../steps.ts';
import { checkKeepingReset } from '../structure.ts';
import { judgeAnswer, prepareCall } from './call.ts';
import { configuredWebhooks, type Invocation, invocationOf } from './select.ts';

export interface MutationPort {
  /** What is asked about the object as it is by now. */
  attributesOf(object: KubeObject): Attributes;
  /** The built-in plugins once more, on the object in place. */
  reinvoke(object: KubeObject): Refusal | undefined;
}

/** The object as the webhooks made it. */
export type Mutated = { readonly object: KubeObject } | { readonly refusal: Refusal };

/** For requests that have no object to change: a deletion, a connection. */
export function* askAboutUnchanged(
  attributes: Attributes,
  environment: AdmissionEnvironment,
): AdmissionSteps<Refusal | undefined> {
  const turn = new Turn();
  for (const configuration of configuredWebhooks('mutating', attributes, environment)) {
    for (const [index, webhook] of (configuration.webhooks ?? []).entries()) {
      yield* giveWay(turn);
      const invocation = invocationOf(configuration, webhook, attributes, environment, turn);
      if (!invocation) continue;
      const call = 'error' in invocation ? invocation : prepareCall(invocation, attributes, environment);
      if ('error' in call) return call;
      const [answer] = yield [call.question];
      const verdict = judgeAnswer(call, answer!, attributes, { type: 'mutating', round: 0, index });
      if (!verdict) continue;
      if ('error' in verdict) return verdict;
      if (!verdict.patch?.length) continue;
      const name = JSON.stringify(webhook.name);
      const why = `admission webhook ${name} attempted to modify the object, which is not supported for this operation`;
      return { error: internalError(why), fieldPath: '' };
    }
  }
  return undefined;
}

interface State {
  object: KubeObject;
  /** Webhooks to be asked once more when the object changes after them. */
  readonly reinvocable: Set<string>;
  readonly due: Set<string>;
  /** Whether a built-in plugin or an earlier webhook has to look again. */
  isChanged: boolean;
}

export function* askMutatingWebhooks(
  first: KubeObject,
  port: MutationPort,
  environment: AdmissionEnvironment,
): AdmissionSteps<Mutated> {
  if (configuredWebhooks('mutating', port.attributesOf(first), environment).length === 0) return { object: first };
  const state: State = { object: first, reinvocable: new Set(), due: new Set(), isChanged: false };
  const refusal = yield* askRound(state, port, environment, 0);
  if (refusal) return { refusal };
  if (!state.isChanged) return { object: state.object };
  const before = structuredClone(state.object);
  const builtIn = port.reinvoke(state.object);
  if (builtIn) return { refusal: builtIn };
  if (!deepEqual(before, state.object)) for (const id of state.reinvocable) state.due.add(id);
  const again = yield* askRound(state, port, environment, 1);
  return again ? { refusal: again } : { object: state.object };
}

/** Round 1 asks only those that are due. */
function* askRound(
  state: State,
  port: MutationPort,
  environment: AdmissionEnvironment,
  round: 0 | 1,
): AdmissionSteps<Refusal | undefined> {
  let index = -1;
  const turn = new Turn();
  for (const configuration of configuredWebhooks('mutating', port.attributesOf(state.object), environment)) {
    for (const [position, webhook] of (configuration.webhooks ?? []).entries()) {
      const id = `${configuration.metadata?.name}/${position}`;
      if (round === 1 && !state.due.has(id)) continue;
      yield* giveWay(turn);
      const invocation = invocationOf(configuration, webhook, port.attributesOf(state.object), environment, turn);
      if (!invocation) continue;
      if ('error' in invocation) return invocation;
      index++;
      const refusal = yield* askOne(invocation, state, port, environment, { round, index });
      if (refusal) return refusal;
      state.due.delete(id);
      if (isReinvocable(webhook)) state.reinvocable.add(id);
    }
  }
  return undefined;
}

const isReinvocable = (webhook: Webhook): boolean =>
  'reinvocationPolicy' in webhook && webhook.reinvocationPolicy === 'IfNeeded';

function* askOne(
  invocation: Invocation,
  state: State,
  port: MutationPort,
  environment: AdmissionEnvironment,
  place: { round: number; index: number },
): AdmissionSteps<Refusal | undefined> {
  const attributes = port.attributesOf(state.object);
  const call = prepareCall(invocation, attributes, environment);
  if ('error' in call) return call;
  const [answer] = yield [call.question];
  const verdict = judgeAnswer(call, answer!, attributes, { type: 'mutating', ...place });
  if (!verdict) return undefined;
  if ('error' in verdict) return verdict;
  const { configuration, webhook } = invocation;
  const next = verdict.patch && patched(state.object, verdict.patch, invocation, attributes, environment);
  if (next && 'error' in next) return next;
  const mutated = next !== undefined && !deepEqual(next, state.object);
  const note = { configuration, webhook: webhook.name, mutated };
  attributes.annotate(
    `mutation.webhook.admission.k8s.io/round_${place.round}_index_${place.index}`,
    JSON.stringify(note),
  );
  if (!mutated) return undefined;
  state.object = next;
  state.isChanged = true;
  for (const id of state.reinvocable) state.due.add(id);
  return undefined;
}

/** The object with the patch applied in the version that the webhook was shown, defaulted; who manages its fields stays. */
function patched(
  object: KubeObject,
  patch: readonly JsonObject[],
  { webhook, as }: Invocation,
  attributes: Attributes,
  { schemas, structure }: AdmissionEnvironment,
): KubeObject | Refusal {
  const { kind, objectKind } = attributes;
  const shown = shownObject(attributes, 'object', as)! as JsonObject;
  try {
    const { group, version, kind: name } = objectKind ?? as.resource;
    const schema = schemas.ofKind(group, version, name);
    if (!schema) throw new Error(`no schema of kind ${name}`);
    const checked = checkKeepingReset(structure, applyJsonPatch(shown, patch) as JsonObject, schema);
    if (checked.error !== undefined) throw new Error(`admission webhook "${webhook.name}": ${checked.error}`);
    if (objectKind === SCALE) return scaled(kind, object, checked.object as unknown as Scale);
    if (objectKind) return checked.object as KubeObject;
    const next = structuredClone(versionedObject(checked.object as KubeObject, as, kind)!) as KubeObject;
    next.metadata ??= {};
    if (object.metadata?.managedFields) next.metadata.managedFields = object.metadata.managedFields;
    kind.setDefaults(next);
    return next;
  } catch (error) {
    return { error: internalError(asStatusError(error)), fieldPath: '' };
  }
}

/** Of a Scale only the replicas are the workload's. */
function scaled({ scale }: Kind, object: KubeObject, { spec }: Scale): KubeObject {
  const next = structuredClone(object);
  scale?.setReplicas(next, spec?.replicas ?? 0);
  return next;
}
