/** What the EndpointSlice loop sees and does. */

import type { EndpointSlice, Node, Pod, Service } from '../../kinds/types.generated.ts';
import type { SliceAction } from '../shared/slices.ts';

export type EndpointSliceAction = SliceAction;

export interface EndpointSliceSnapshot {
  key: string;
  service: Service;
  /** Those that the service's selector matches. */
  pods: readonly Pod[];
  /** Those that this controller made for the service. */
  slices: readonly EndpointSlice[];
  node: (name: string) => Node | undefined;
}
