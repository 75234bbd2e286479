/** What the Endpoints loop sees and does. */

import type { Endpoints, Pod, Service } from '../../kinds/types.generated.ts';

export type EndpointsAction =
  | { type: 'createEndpoints'; key: string; endpoints: Endpoints }
  | { type: 'updateEndpoints'; key: string; endpoints: Endpoints }
  | { type: 'deleteEndpoints'; key: string; endpoints: Endpoints };

export interface EndpointsSnapshot {
  key: string;
  /** Undefined when the service was deleted: its Endpoints go too. */
  service: Service | undefined;
  pods: readonly Pod[];
  endpoints: Endpoints | undefined;
}
