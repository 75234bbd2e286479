/** The control plane for a scenario, with an administrator's client and a namespace that follows no repository. */

import { join } from 'node:path';
import { createHttpClient, type HttpClient } from '../../../daemon/client/http.ts';
import { NAMESPACES } from '../../../daemon/kinds/resources.ts';
import { type ControlPlaneProcess, startControlPlaneProcess } from './control-plane-process.ts';

export interface BenchApi {
  readonly controlPlane: ControlPlaneProcess;
  readonly client: HttpClient;
  readonly keysDirectory: string;
  close(): Promise<void>;
}

/** Runtime objects only: nothing in it becomes a commit. */
export const RUNTIME_NAMESPACE = 'bench';

export async function openBenchApi(directory: string): Promise<BenchApi> {
  // Loaders and profiling options given to the benchmark hold for the server too.
  const controlPlane = await startControlPlaneProcess(directory, { nodeArguments: process.execArgv });
  const client = clientOf(controlPlane);
  await client.create(NAMESPACES, { metadata: { name: RUNTIME_NAMESPACE } }).catch(() => {}); // it is there after a restart
  return {
    controlPlane,
    client,
    keysDirectory: join(directory, 'keys'),
    async close() {
      client.close();
      await controlPlane.stop();
    },
  };
}

const clientOf = ({ port, credentials }: ControlPlaneProcess): HttpClient =>
  createHttpClient({ server: `https://127.0.0.1:${port}`, ...credentials, userAgent: 'bench' });
