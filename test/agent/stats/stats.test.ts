/** What the node tells of what is used, in the kubelet's shapes. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerPath } from '../../../daemon/agent/server/answer.ts';
import { cadvisorMetrics } from '../../../daemon/agent/stats/cadvisor-metrics.ts';
import { measureDisk } from '../../../daemon/agent/stats/disk-usage.ts';
import { renderMetrics } from '../../../daemon/agent/stats/exposition.ts';
import type { GroupUsage } from '../../../daemon/agent/stats/group-usage.ts';
import { readHostProcessor, readInterfaces, readMemoryInfo } from '../../../daemon/agent/stats/kernel-files.ts';
import { probeMetrics } from '../../../daemon/agent/stats/probe-metrics.ts';
import type { NodeReading } from '../../../daemon/agent/stats/reading.ts';
import { resourceMetrics } from '../../../daemon/agent/stats/resource-metrics.ts';
import { SAMPLE_MS, Sampler } from '../../../daemon/agent/stats/sampler.ts';
import { renderSummary } from '../../../daemon/agent/stats/summary.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { makeContainer, makePod, NOW, observed, UID } from '../pods/make.ts';

const usage = (cpuNs: number, megabytes: number): GroupUsage => ({
  cpuNs,
  memory: {
    usageBytes: (megabytes + 1) * 1e6,
    workingSetBytes: megabytes * 1e6,
    rssBytes: megabytes * 5e5,
    cacheBytes: 1e6,
    pageFaults: 7,
    majorPageFaults: 1,
  },
  swapBytes: 0,
  processes: 2,
});
const eth0 = {
  ...{ name: 'eth0', rxBytes: 10, rxPackets: 1, rxErrors: 2, rxDropped: 3 },
  ...{ txBytes: 20, txPackets: 4, txErrors: 5, txDropped: 6 },
};
const disk = { availableBytes: 600, capacityBytes: 1000, usedBytes: 400, inodes: 100, inodesFree: 90 };
const main = makeContainer('main', { resources: { limits: { cpu: '500m', memory: '64Mi' } } });
const pod = makePod({ containers: [main] }, { status: { startTime: '2026-11-21T09:59:00Z' } });
const reading: NodeReading = {
  ...{ atMs: NOW, nodeName: 'n', nanoCores: 250_000_000, interfaces: [eth0], defaultInterface: 'eth0', disk },
  host: { ...usage(9e9, 700), bootMs: NOW - 1e6, memoryBytes: 1e9, swapFreeBytes: 0, processesMax: 1000 },
  agent: { startedMs: NOW - 5_000, cpuNs: 3e9, rssBytes: 99 },
  pods: [
    {
      pod,
      interfaces: [eth0],
      containers: [
        {
          container: observed(main, { cgroupPath: '/reflet/pod1/libpod-a' }),
          usage: usage(1.5e9, 30),
          nanoCores: 100_000_000,
          writable: { bytes: 11, inodes: 1 },
          logs: { bytes: 22, inodes: 2 },
        },
      ],
      volumes: [{ name: 'scratch', isScratch: true, usage: { bytes: 33, inodes: 3 }, fileSystem: disk }],
    },
  ],
};
const TIME = '2026-11-21T10:00:00Z';

describe('what is used', () => {
  it('is a Summary, as dashboards read it', () => {
    const { node, pods } = renderSummary(reading) as { node: object; pods: object[] };
    expect(node).toMatchObject({
      nodeName: 'n',
      cpu: { time: TIME, usageNanoCores: 250_000_000, usageCoreNanoSeconds: 9e9 },
      memory: { availableBytes: 3e8, usageBytes: 7.01e8, workingSetBytes: 7e8, rssBytes: 3.5e8, pageFaults: 7 },
      network: { time: TIME, name: 'eth0', rxBytes: 10, txBytes: 20, interfaces: [{ name: 'eth0', rxErrors: 2 }] },
      fs: {
        time: TIME,
        availableBytes: 600,
        capacityBytes: 1000,
        usedBytes: 400,
        inodesFree: 90,
        inodes: 100,
        inodesUsed: 10,
      },
      rlimit: { maxpid: 1000, curproc: 2 },
      systemContainers: [{ name: 'kubelet' }, { name: 'pods', memory: { workingSetBytes: 3e7 } }],
    });
    expect(pods).toEqual([
      {
        podRef: { name: 'web', namespace: 'default', uid: UID },
        startTime: '2026-11-21T09:59:00Z',
        containers: [
          {
            name: 'main',
            startTime: '2026-11-21T09:59:56Z',
            cpu: { time: TIME, usageNanoCores: 100_000_000, usageCoreNanoSeconds: 1.5e9 },
            memory: {
              ...{ time: TIME, usageBytes: 3.1e7, workingSetBytes: 3e7, rssBytes: 1.5e7 },
              ...{ pageFaults: 7, majorPageFaults: 1 },
            },
            rootfs: expect.objectContaining({ capacityBytes: 1000, usedBytes: 11, inodesUsed: 1 }),
            logs: expect.objectContaining({ usedBytes: 22 }),
            swap: { time: TIME, swapUsageBytes: 0 },
          },
        ],
        cpu: { time: TIME, usageNanoCores: 100_000_000, usageCoreNanoSeconds: 1.5e9 },
        memory: expect.objectContaining({ workingSetBytes: 3e7 }),
        swap: { time: TIME, swapUsageBytes: 0 },
        network: expect.objectContaining({ name: 'eth0', rxBytes: 10 }),
        volume: [expect.objectContaining({ name: 'scratch', usedBytes: 33, capacityBytes: 1000 })],
        'ephemeral-storage': expect.objectContaining({ usedBytes: 66, inodesUsed: 6 }),
        process_stats: { process_count: 2 },
      },
    ]);
  });

  it('is told to metrics-server', () => {
    expect(renderMetrics(resourceMetrics(reading)).split('\n')).toEqual(
      expect.arrayContaining([
        '# TYPE container_cpu_usage_seconds_total counter',
        `container_cpu_usage_seconds_total{container="main",namespace="default",pod="web"} 1.5 ${NOW}`,
        `container_memory_working_set_bytes{container="main",namespace="default",pod="web"} 30000000 ${NOW}`,
        `container_start_time_seconds{container="main",namespace="default",pod="web"} ${(NOW - 4000) / 1000}`,
        `node_cpu_usage_seconds_total 9 ${NOW}`,
        `node_memory_working_set_bytes 700000000 ${NOW}`,
        `pod_cpu_usage_seconds_total{namespace="default",pod="web"} 1.5 ${NOW}`,
        'resource_scrape_error 0',
        'scrape_error 0',
      ]),
    );
  });

  it('is told to Prometheus as cAdvisor tells it', () => {
    const lines = renderMetrics(cadvisorMetrics(reading, 4)).split('\n');
    const about =
      'id="/reflet/pod1/libpod-a",image="docker.io/library/example:1",name="main-0",namespace="default",pod="web"';
    expect(lines).toEqual(
      expect.arrayContaining([
        `container_cpu_usage_seconds_total{container="main",cpu="total",${about}} 1.5 ${NOW}`,
        `container_spec_cpu_quota{container="main",${about}} 50000 ${NOW}`,
        `container_spec_memory_limit_bytes{container="main",${about}} 67108864 ${NOW}`,
        `container_network_receive_bytes_total{container="",id="",image="",interface="eth0",name="",namespace="default",pod="web"} 10 ${NOW}`,
        'machine_cpu_cores 4',
      ]),
    );
  });
});

it('how probes went is told to Prometheus', () => {
  const counts = [{ pod, container: 'main', type: 'liveness' as const, results: { successful: 3, failed: 1 } }];
  const about = `container="main",namespace="default",pod="web",pod_uid="${UID}",probe_type="Liveness"`;
  expect(renderMetrics(probeMetrics(counts)).split('\n').slice(2, 4)).toEqual([
    `prober_probe_total{${about},result="successful"} 3`,
    `prober_probe_total{${about},result="failed"} 1`,
  ]);
});

it('metrics are text that Prometheus reads, whatever stands in a label', () => {
  const samples = [{ labels: { b: 'x"y\\z\n', a: '1' }, value: 1e21 }];
  expect(
    renderMetrics([
      { name: 'b_total', help: 'B', type: 'counter', samples: [{ value: 2 }] },
      { name: 'a', help: 'A', type: 'gauge', samples },
      { name: 'none', help: 'N', type: 'gauge', samples: [] },
    ]),
  ).toBe(
    '# HELP a A\n# TYPE a gauge\na{a="1",b="x\\"y\\\\z\\n"} 1e+21\n# HELP b_total B\n# TYPE b_total counter\nb_total 2\n',
  );
});

it('what the kernel counts', () => {
  expect(readHostProcessor('cpu  100 10 50 9999 7 3 2 5 40 0\ncpu0 1 1\nbtime 1700000000\n')).toEqual({
    usedNs: 1.7e9,
    bootMs: 1_700_000_000_000,
  });
  expect(readMemoryInfo('MemTotal:       2 kB\nInactive(file): 1 kB\nHugePages_Total: 0\n')).toEqual(
    new Map([
      ['MemTotal', 2048],
      ['Inactive(file)', 1024],
    ]),
  );
  const lines = [
    'Inter-|   Receive',
    ' face |bytes',
    '    lo: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0',
    '  eth0:10 1 2 3 0 0 0 0 20 4 5 6 0 0 0 0',
  ];
  expect(readInterfaces(lines.join('\n'))).toEqual([eth0]);
});

it('the room a directory takes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'reflet-disk-'));
  await writeFile(join(directory, 'a'), Buffer.alloc(50_000, 1));
  const { bytes, inodes } = await measureDisk(directory);
  expect(inodes).toBe(1);
  expect(bytes).toBeGreaterThanOrEqual(50_000);
  expect(await measureDisk(join(directory, 'none'))).toEqual({ bytes: 0, inodes: 0 });
  await rm(directory, { recursive: true });
});

describe('how fast it is used', () => {
  it('is the difference of two looks, or of one and the start of a young container', async () => {
    const clock = new SimClock();
    const old = observed(main, { id: 'old', startedMs: clock.now() - 3_600_000, cgroupPath: 'old' });
    const young = observed(main, { id: 'young', uid: 'other', startedMs: clock.now() - 4_000, cgroupPath: 'young' });
    const used: Record<string, number> = { host: 1e9, old: 5e9, young: 2e9 };
    const sampler = new Sampler({
      containers: () => [old, young],
      readGroup: (path) => usage(used[path]!, 30),
      readHost: async () => usage(used['host']!, 700),
      ...{ clock, log: silentLogger },
    });
    await sampler.look();
    expect(sampler.usage()).toEqual({
      pods: [
        {
          uid: 'other',
          containers: [
            {
              name: 'main',
              rate: { atMs: clock.now(), windowMs: 4_000, cpuNanoCores: 5e8, workingSetBytes: 3e7 },
            },
          ],
        },
      ],
    });
    await clock.advance(SAMPLE_MS);
    used['host'] = 6e9;
    used['old'] = 6e9;
    await sampler.look();
    const { node, pods } = sampler.usage();
    expect(node).toEqual({ atMs: clock.now(), windowMs: SAMPLE_MS, cpuNanoCores: 5e8, workingSetBytes: 7e8 });
    expect(pods.find(({ uid }) => uid === UID)?.containers[0]?.rate.cpuNanoCores).toBe(1e8);
    expect(sampler.nanoCores('young')).toBe(0);
  });
});

describe('a path of the kubelet', () => {
  const sources = {
    ...{ pods: () => [pod], read: async () => reading, agentMetrics: () => [], probeMetrics: () => [], processors: 4 },
    configuration: () => ({ kubeletconfig: {} }),
  };
  const answer = (path: string) => answerPath(sources, path);

  it.each(['healthz', 'healthz/ping', 'healthz/syncloop'])('%s is ok', async (path) => {
    expect(await answer(path)).toMatchObject({ code: 200, body: 'ok' });
  });

  it('lists pods, and what runs', async () => {
    const list = JSON.parse((await answer('pods'))!.body);
    expect(list).toMatchObject({ kind: 'PodList', apiVersion: 'v1', items: [{ metadata: { name: 'web' } }] });
    expect(JSON.parse((await answer('runningpods'))!.body).items).toEqual([
      {
        metadata: { name: 'web', namespace: 'default', uid: UID, creationTimestamp: null },
        spec: { containers: [{ name: 'main', image: 'docker.io/library/example:1', resources: {} }] },
        status: {},
      },
    ]);
  });

  it('keeps the host’s logs to itself, as a kubelet that is told so, and knows no others', async () => {
    const disabled = { code: 405, contentType: 'text/plain; charset=utf-8', body: 'logs endpoint is disabled.\n' };
    expect(await answer('logs')).toEqual(disabled);
    expect(await answer('logs/syslog')).toEqual(disabled);
    expect(await answer('toString')).toBeUndefined();
    expect(await answer('run')).toBeUndefined();
  });
});
