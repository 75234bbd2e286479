/** Memory of a store that holds a large cluster: 5,000 nodes and 150,000 pods as their Deployments made them, in a process of its own. */

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { start } from '../../../daemon/base/process.ts';
import { figureOf } from '../support/figure.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const STORED_NODES = 5000;
const STORED_PODS = 150_000;

export const storeMemory: Scenario = {
  name: 'store-memory',
  summary: 'memory of 5,000 nodes and 150,000 pods in the store',
  async run() {
    const program = fileURLToPath(new URL('../support/store-filler.ts', import.meta.url));
    const args = ['--expose-gc', '--max-old-space-size=12288', program, String(STORED_NODES), String(STORED_PODS)];
    const child = start(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    const [code] = (await once(child, 'close')) as [number];
    verify(code === 0, `the store's process ended with ${code}`);
    const found = JSON.parse(output) as { pods: number; nodes: number; bytes: number; jsonBytes: number };
    verify(
      found.pods === STORED_PODS && found.nodes === STORED_NODES,
      `${found.pods} pods and ${found.nodes} nodes are there`,
    );
    const figure = figureOf({
      figure: `memory a pod, ${STORED_NODES} nodes + ${STORED_PODS} pods`,
      unit: 'kB',
      samples: [found.bytes / 1000 / STORED_PODS],
      peer: { name: 'its JSON', samples: [found.jsonBytes / 1000 / STORED_PODS] },
      goal: { of: 'value', atMost: 8 },
    });
    return [figure];
  },
};
