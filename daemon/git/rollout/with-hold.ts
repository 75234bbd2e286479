/**
 * Puts a hold onto what git applies, and takes it off what is live. Pure.
 *
 * A Pod is held by Kubernetes' own means, a scheduling gate, which its annotation explains; a gate can only be set when a Pod is made.
 */

import { isObject } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { WAITS_FOR } from '../../kinds/common/rollout-order.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { annotationsOf } from './order.ts';

/** The gate of a held Pod. */
const GATE = WAITS_FOR;

/** The manifest with the hold; `text` undefined: without one. */
export function withHold(
  manifest: Readonly<JsonObject>,
  live: Readonly<KubeObject> | undefined,
  text: string | undefined,
): Readonly<JsonObject> {
  if (text === undefined) return manifest;
  const isPod = manifest['kind'] === 'Pod';
  if (isPod && live && !hasGate(live)) return manifest;
  const metadata = isObject(manifest['metadata']) ? manifest['metadata'] : {};
  const annotations = { ...annotationsOf(manifest), [WAITS_FOR]: text };
  const held = { ...manifest, metadata: { ...metadata, annotations } };
  if (!isPod) return held;
  const spec = isObject(manifest['spec']) ? manifest['spec'] : {};
  const gates = Array.isArray(spec['schedulingGates']) ? spec['schedulingGates'] : [];
  return { ...held, spec: { ...spec, schedulingGates: [...gates, { name: GATE }] } };
}

const hasGate = (live: Readonly<KubeObject>): boolean =>
  (live as Readonly<Pod>).spec?.schedulingGates?.some(({ name }) => name === GATE) ?? false;

/** The live object without the annotation, whoever else (a person who applied a copy of it) claims it too. */
export function withoutHold(live: Readonly<KubeObject>): Readonly<KubeObject> {
  const { [WAITS_FOR]: held, ...annotations } = live.metadata?.annotations ?? {};
  if (held === undefined) return live;
  const { annotations: _all, ...metadata } = live.metadata ?? {};
  return { ...live, metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata };
}
