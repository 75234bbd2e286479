/**
 * Defaults of an EndpointSlice (`pkg/apis/discovery/v1/defaults.go`).
 */

import type { EndpointSlice } from '../types.generated.ts';

export function setDefaults(slice: EndpointSlice): void {
  slice.endpoints ??= [];
  for (const endpoint of slice.endpoints) endpoint.conditions ??= {};
  for (const port of slice.ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}
