/**
 * What Reflet costs when nothing happens: memory (PSS) and processor time of the control plane alone, and of a whole `reflet up` with its workers and
 * the podman service that it started.
 */

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openAdminClient } from '../../../daemon/bin/kubeconfig.ts';
import { NODES } from '../../../daemon/kinds/resources.ts';
import { startReflet } from '../../support/reflet.ts';
import { openBenchApi } from '../support/bench-api.ts';
import { type Figure, figureOf, type Goal } from '../support/figure.ts';
import { BENCH_PORT, whyNoContainers, whyNoReflet } from '../support/host-requirements.ts';
import { processorMs, pssBytes, treeOf } from '../support/process-usage.ts';
import { type Scenario, verify } from '../support/scenario.ts';

/** Start-up is over, its garbage collected. */
const SETTLE_MS = 10_000;
const SAMPLES = 4;
const SAMPLE_MS = 4000;

export const idle: Scenario = {
  name: 'idle',
  summary: 'idle memory (PSS) and processor time, of the control plane and of reflet up',
  async run({ directory, say }) {
    const api = await openBenchApi(join(directory, 'data'));
    const alone = await observe('control plane', api.controlPlane.pid, {});
    await api.close();
    const without = (await whyNoContainers('podman', 'iptables')) ?? (await whyNoReflet());
    if (without) {
      say(`reflet up is left out: ${without}`);
      return alone;
    }
    const host = await startReflet({ port: BENCH_PORT, args: ['--no-demonstration', '--node-name', 'bench'] });
    try {
      const client = await openAdminClient(join(host.dataDir, 'admin.kubeconfig'));
      const whole = await observe('reflet up', host.pid(), {
        memory: { of: 'value', atMost: 150 },
        processor: { of: 'value', atMost: 1 },
      });
      const { items } = await client.list(NODES);
      const ready = items[0]?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
      client.close();
      verify(ready === 'True', `the node is not ready but ${ready}`);
      return [...alone, ...whole];
    } finally {
      await host.close();
    }
  },
};

async function observe(name: string, pid: number, goals: { memory?: Goal; processor?: Goal }): Promise<Figure[]> {
  await delay(SETTLE_MS);
  const memory: number[] = [];
  const processor: number[] = [];
  const used = () => treeOf(pid).reduce((sum, one) => sum + processorMs(one, true), 0);
  for (let sample = 0; sample < SAMPLES; sample++) {
    const before = used();
    await delay(SAMPLE_MS);
    processor.push(((used() - before) / SAMPLE_MS) * 100);
    memory.push(treeOf(pid).reduce((sum, one) => sum + pssBytes(one), 0) / 2 ** 20);
  }
  const count = treeOf(pid).length;
  return [
    figureOf({
      figure: `idle memory, ${name} (${count} processes)`,
      unit: 'MiB',
      samples: memory,
      ...(goals.memory ? { goal: goals.memory } : {}),
    }),
    figureOf({
      figure: `idle processor time, ${name}`,
      unit: '% of a core',
      samples: processor,
      ...(goals.processor ? { goal: goals.processor } : {}),
    }),
  ];
}
