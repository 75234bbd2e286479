/**
 * EndpointSlices by the service that they belong to (label `kubernetes.io/service-name`), kept from an informer's changes.
 * For the service proxy and the DNS server, which need a service's slices at each of its changes.
 */

import type { EndpointSlice } from '../kinds/types.generated.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';

export interface SliceChange {
  before: EndpointSlice | undefined;
  after: EndpointSlice | undefined;
  key: string;
}

/** `namespace/name` of the service, or undefined for a slice that names none. */
function serviceKeyOf(slice: EndpointSlice | undefined): string | undefined {
  const name = slice?.metadata?.labels?.[SERVICE_NAME];
  return name ? `${slice?.metadata?.namespace ?? ''}/${name}` : undefined;
}

export class SlicesByService {
  readonly #slices = new Map<string, Map<string, EndpointSlice>>();

  /** Takes over a change; returns the services that it concerns (two when the label was changed). */
  apply(change: SliceChange): string[] {
    const before = serviceKeyOf(change.before);
    const after = serviceKeyOf(change.after);
    if (before !== undefined && before !== after) {
      const group = this.#slices.get(before);
      group?.delete(change.key);
      if (group?.size === 0) this.#slices.delete(before);
    }
    if (after !== undefined && change.after) {
      const group = this.#slices.get(after) ?? new Map<string, EndpointSlice>();
      group.set(change.key, change.after);
      this.#slices.set(after, group);
    }
    return [...new Set([before, after])].filter((key) => key !== undefined);
  }

  of(serviceKey: string): EndpointSlice[] {
    return [...(this.#slices.get(serviceKey)?.values() ?? [])];
  }
}
