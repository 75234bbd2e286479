/**
 * The API server's own metrics in Prometheus' text form, under Kubernetes' names.
 */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  observeRequest(request: { verb: string; resource: string; code: number; seconds: number }): void;
  render(): Promise<{ contentType: string; text: string }>;
}

/** `revision` and `objects` are read when the metrics are asked for. */
export function createMetrics(state: { revision(): number; objects(): number }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'apiserver_request_total',
    help: 'Requests by verb, resource and code.',
    labelNames: ['verb', 'resource', 'code'],
    registers,
  });
  const durations = new Histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'How long requests other than watches took.',
    labelNames: ['verb', 'resource'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  new Gauge({
    name: 'reflet_store_revision',
    help: 'The newest revision.',
    registers,
    collect() {
      this.set(state.revision());
    },
  });
  new Gauge({
    name: 'apiserver_storage_objects',
    help: 'Objects that are stored.',
    registers,
    collect() {
      this.set(state.objects());
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  return {
    registry,
    observeRequest({ verb, resource, code, seconds }) {
      requests.inc({ verb, resource, code });
      if (verb !== 'watch') durations.observe({ verb, resource }, seconds);
    },
    async render() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
