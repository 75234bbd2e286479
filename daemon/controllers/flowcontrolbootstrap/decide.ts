/**
 * The priority levels and flow schemas that every cluster has: whoever deletes one gets it back, and a mandatory one stays as it ships, but for what
 * is set aside for the exempt (`pkg/registry/flowcontrol/ensurer`). Pure.
 */

import { deepEqual } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { FlowControlAction, FlowControlSnapshot } from './actions.ts';

/** `true`: the spec is kept as it ships. */
const AUTOUPDATE_SPEC = 'apf.kubernetes.io/autoupdate-spec';
const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
const KINDS = { prioritylevelconfigurations: 'PriorityLevelConfiguration', flowschemas: 'FlowSchema' };

export function decide(snapshot: FlowControlSnapshot): Decision<FlowControlAction> {
  const { kind, name, spec, live } = snapshot;
  const metadata = { name, annotations: { [AUTOUPDATE_SPEC]: 'true' } };
  const wanted = { apiVersion: API_VERSION, kind: KINDS[kind], metadata, spec };
  if (!live) return { actions: [{ type: 'create', kind, object: wanted }] };
  const shipped = asShipped(snapshot, live);
  if (shipped === undefined) return { actions: [] };
  const { resourceVersion } = live.metadata ?? {};
  const object = { ...wanted, spec: shipped, metadata: { ...metadata, resourceVersion } };
  return { actions: [{ type: 'update', kind, object }] };
}

/** The spec that it has to have; undefined when what is there will do. */
function asShipped({ spec, isMandatory }: FlowControlSnapshot, live: Readonly<KubeObject>): object | undefined {
  const present = (live as { spec?: { exempt?: object } }).spec ?? {};
  const shipped = isMandatory && present.exempt ? { ...spec, exempt: present.exempt } : spec;
  if (deepEqual(present, shipped)) return undefined;
  const kept = live.metadata?.annotations?.[AUTOUPDATE_SPEC] ?? String(live.metadata?.generation === 1);
  return isMandatory || kept === 'true' ? shipped : undefined;
}
