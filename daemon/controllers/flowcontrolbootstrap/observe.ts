/** What the flow control loop sees of one object that the cluster ships with. Reads informers only. */

import type { KubeObject } from '../../base/object.ts';
import type { Informer } from '../../client/informer.ts';
import { MANDATORY_FLOW_SCHEMAS, SUGGESTED_FLOW_SCHEMAS } from '../../kinds/flowschemas/suggested.ts';
import {
  MANDATORY_PRIORITY_LEVELS,
  SUGGESTED_PRIORITY_LEVELS,
} from '../../kinds/prioritylevelconfigurations/suggested.ts';
import type { FlowControlKind, FlowControlSnapshot } from './actions.ts';

export type FlowControlSources = Readonly<Record<FlowControlKind, Pick<Informer<KubeObject>, 'get'>>>;

type Specs = Readonly<Record<string, object>>;

/** Levels first: schemas name them. */
const SHIPPED: readonly [kind: FlowControlKind, isMandatory: boolean, specs: Specs][] = [
  ['prioritylevelconfigurations', true, MANDATORY_PRIORITY_LEVELS],
  ['prioritylevelconfigurations', false, SUGGESTED_PRIORITY_LEVELS],
  ['flowschemas', true, MANDATORY_FLOW_SCHEMAS],
  ['flowschemas', false, SUGGESTED_FLOW_SCHEMAS],
];

/** Of all that the cluster ships with, in the order in which it is made. */
export const shippedKeys = (): string[] =>
  SHIPPED.flatMap(([kind, _isMandatory, specs]) => Object.keys(specs).map((name) => `${kind}/${name}`));

/** Undefined for what the cluster does not ship with: users make their own. */
export function observe(sources: FlowControlSources, key: string): FlowControlSnapshot | undefined {
  const [kind, name = ''] = key.split('/') as [FlowControlKind, string?];
  for (const [ofKind, isMandatory, specs] of SHIPPED) {
    if (ofKind !== kind || !Object.hasOwn(specs, name)) continue;
    return { kind, name, spec: specs[name]!, isMandatory, live: sources[kind].get({ name }) };
  }
  return undefined;
}
