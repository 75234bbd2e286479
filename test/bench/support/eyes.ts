/** A watch of ConfigMaps that tells when an object has a value, on the clock that files are stamped with. */

import type { WatchEvent } from '../../../daemon/client/client.ts';
import { CONFIG_MAPS } from '../../../daemon/kinds/resources.ts';
import type { ConfigMap } from '../../../daemon/kinds/types.generated.ts';
import type { BenchApi } from './bench-api.ts';

export interface Eyes {
  /** Resolves with when it was seen, in milliseconds since the epoch. */
  until(name: string, value: string): Promise<number>;
  stop(): void;
}

export async function openEyes(api: BenchApi): Promise<Eyes> {
  const abort = new AbortController();
  const waiting = new Map<string, (atMs: number) => void>();
  const { metadata } = await api.client.list(CONFIG_MAPS, { namespace: 'default', limit: 1 });
  const options = { namespace: 'default', resourceVersion: metadata.resourceVersion, signal: abort.signal };
  const read = async (events: AsyncIterable<WatchEvent<ConfigMap>>) => {
    for await (const { object } of events) {
      waiting.get(`${object.metadata?.name} ${object.data?.['key']}`)?.(performance.timeOrigin + performance.now());
    }
  };
  read(api.client.watch(CONFIG_MAPS, options)).catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return {
    until: (name, value) => new Promise((resolve) => waiting.set(`${name} ${value}`, resolve)),
    stop: () => abort.abort(),
  };
}
