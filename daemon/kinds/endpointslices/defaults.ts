/**
 * Defaults of an EndpointSlice (`pkg/apis/discovery/v1/defaults.go`).
 */

import { keepEmptyAsNull, showAsNull } from '../common/defaults.ts';
import type { EndpointSlice } from '../types.generated.ts';

export function setDefaults(slice: EndpointSlice): void {
  showAsNull(slice, 'endpoints', 'ports');
  for (const endpoint of slice.endpoints ?? []) endpoint.conditions ??= {};
  for (const port of slice.ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

/** In place, on every write. */
export function prepare(slice: EndpointSlice): void {
  keepEmptyAsNull(slice, 'endpoints', 'ports');
}
