/**
 * The API server's own metrics in Prometheus' text form, under Kubernetes' names and labels, so that its dashboards and alerts work.
 */

import { Counter, Gauge, Registry } from 'prom-client';
import type { RequestInfo } from './request-info.ts';
import { createRequestMetrics } from './request-metrics.ts';

export interface Metrics {
  readonly registry: Registry;
  /** `info`: undefined for a request that could not be read. Tells when it has ended. */
  beginRequest(info: RequestInfo | undefined, method: string, contentType: string | undefined): EndRequest;
  render(): Promise<{ contentType: string; text: string }>;
}

export type EndRequest = (outcome: { code: number; seconds: number }) => void;

/** What is read when the metrics are asked for, and what may become a label: labels are kept for ever. */
export interface MetricsState {
  gitVersion: string;
  /** Seconds since the epoch. */
  startedAt: number;
  revision(): number;
  /** Objects by resource: `deployments.apps`. */
  objects(): Iterable<readonly [string, number]>;
  /** Whether a resource, and a subresource of it unless that is `''`, is built in. */
  isServed(group: string, plural: string, subresource: string): boolean;
}

export function createMetrics(state: MetricsState): Metrics {
  const registry = new Registry();
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(read());
      },
    });
  };
  gauge('reflet_store_revision', 'The newest revision.', state.revision);
  gauge('process_resident_memory_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss());
  gauge('process_start_time_seconds', 'When the process began, since the epoch.', () => state.startedAt);
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time of the process.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: 'apiserver_storage_objects',
    help: 'Objects that are stored, by resource.',
    labelNames: ['resource'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [resource, count] of state.objects()) this.set({ resource }, count);
    },
  });
  const build = new Gauge({
    name: 'kubernetes_build_info',
    help: 'The version that is spoken.',
    labelNames: ['git_version', 'major', 'minor', 'platform'],
    registers: [registry],
  });
  const [major = '', minor = ''] = state.gitVersion.replace(/^v/, '').split('.');
  build.set({ git_version: state.gitVersion, major, minor, platform: `${process.platform}/${process.arch}` }, 1);
  return {
    registry,
    beginRequest: createRequestMetrics(state, registry),
    async render() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
