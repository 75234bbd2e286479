/** What the flow control loop sees and does. The key is `prioritylevelconfigurations/NAME` or `flowschemas/NAME`. */

import type { KubeObject } from '../../base/object.ts';

export type FlowControlKind = 'prioritylevelconfigurations' | 'flowschemas';

export type FlowControlAction =
  | { type: 'create'; kind: FlowControlKind; object: KubeObject }
  | { type: 'update'; kind: FlowControlKind; object: KubeObject };

export interface FlowControlSnapshot {
  kind: FlowControlKind;
  name: string;
  /** As it ships. */
  spec: object;
  /** Always as it ships; suggested ones are the user's to change. */
  isMandatory: boolean;
  live: Readonly<KubeObject> | undefined;
}
