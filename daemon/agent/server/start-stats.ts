/** Wires what the agent tells of itself and of what is used here. */

import { availableParallelism } from 'node:os';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { NodeService } from '../../client/node-service.ts';
import type { ContainerTable } from '../pods/container-table.ts';
import type { PodManager } from '../pods/pod-manager.ts';
import type { Probes } from '../probes/start-probes.ts';
import { agentMetrics } from '../stats/agent-metrics.ts';
import { DiskMeter } from '../stats/disk-usage.ts';
import { probeMetrics } from '../stats/probe-metrics.ts';
import { readNode } from '../stats/reading.ts';
import { Sampler } from '../stats/sampler.ts';
import type { Volumes } from '../volumes/contract.ts';
import { answerPath } from './answer.ts';
import { type ConfigurationFacts, kubeletConfiguration } from './configuration.ts';

export interface StatsOptions extends ConfigurationFacts {
  nodeName: string;
  kubeletVersion: string;
  dataDir: string;
  logRoot: string;
  table: Pick<ContainerTable, 'ofPod' | 'running' | 'uids'>;
  manager: Pick<PodManager, 'entries'>;
  volumes: Pick<Volumes, 'directories'>;
  probes: Pick<Probes, 'counts'>;
  clock: Clock;
  log: Logger;
}

export interface Stats extends Pick<NodeService, 'usage' | 'answer'> {
  stop(): void;
}

export function startStats(options: StatsOptions): Stats {
  const { nodeName, kubeletVersion, dataDir, logRoot, table, manager, volumes, clock, log } = options;
  const sampler = new Sampler({ containers: () => table.running(), clock, log });
  const startedMs = clock.now();
  const pods = () => [...manager.entries.values()].filter(({ removed }) => !removed).map(({ pod }) => pod);
  const read = () =>
    readNode({
      ...{ nodeName, dataDir, logRoot, startedMs, pods, sampler, clock },
      containersOf: (uid) => table.ofPod(uid),
      volumesOf: (pod) => volumes.directories(pod),
      meter,
    });
  const meter = new DiskMeter(clock);
  const ownMetrics = () => {
    const containers = table.uids().flatMap((uid) => table.ofPod(uid));
    const { user, system } = process.cpuUsage();
    return agentMetrics({
      ...{ nodeName, kubeletVersion, startedMs, containers },
      cpuNs: (user + system) * 1000,
      rssBytes: process.memoryUsage.rss(),
      podCount: new Set(table.running().map(({ uid }) => uid)).size,
    });
  };
  const sources = {
    ...{ pods, read, agentMetrics: ownMetrics, processors: availableParallelism() },
    probeMetrics: () => probeMetrics(options.probes.counts()),
    configuration: () => kubeletConfiguration(options),
  };
  void sampler.run();
  return {
    usage: () => sampler.usage(),
    answer: (path) => answerPath(sources, path),
    stop: () => sampler.stop(),
  };
}
