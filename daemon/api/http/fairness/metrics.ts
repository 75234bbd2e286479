/**
 * What priority and fairness did, in Prometheus' form under Kubernetes' names. Labels are names of configured objects: few, and made by those
 * who may configure them.
 */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { FairnessObserver } from './fairness.ts';
import type { Level } from './level.ts';

const PREFIX = 'apiserver_flowcontrol_';
const FLOW_LABELS = ['flow_schema', 'priority_level'];

/** `levels` is asked when the metrics are read. */
export function createFairnessMetrics(registry: Registry, levels: () => readonly Level[]): FairnessObserver {
  const registers = [registry];
  /** By level and schema. Every request counts here, at the cost of two look-ups of names that exist already; a sample is made when somebody reads. */
  const begun = new Map<string, Map<string, number>>();
  new Counter({
    name: `${PREFIX}dispatched_requests_total`,
    help: 'Requests that began.',
    labelNames: FLOW_LABELS,
    registers,
    collect() {
      this.reset();
      for (const [level, counts] of begun)
        for (const [schema, count] of counts) this.inc({ flow_schema: schema, priority_level: level }, count);
    },
  });
  const rejected = new Counter({
    name: `${PREFIX}rejected_requests_total`,
    help: 'Requests that were refused, by reason.',
    labelNames: [...FLOW_LABELS, 'reason'],
    registers,
  });
  const waits = new Histogram({
    name: `${PREFIX}request_wait_duration_seconds`,
    help: 'How long requests waited in a queue.',
    labelNames: [...FLOW_LABELS, 'execute'],
    buckets: [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
    registers,
  });
  const gauge = (name: string, help: string, read: (level: Level) => number) =>
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      labelNames: ['priority_level'],
      registers,
      collect() {
        this.reset();
        for (const level of levels()) this.set({ priority_level: level.settings.name }, read(level));
      },
    });
  gauge('nominal_limit_seats', 'Seats that a level has of its own.', ({ settings }) => settings.seats);
  gauge('current_executing_seats', 'Seats that are taken.', ({ seatsInUse }) => seatsInUse);
  gauge('current_executing_requests', 'Requests that are being served.', ({ executing }) => executing);
  gauge('current_inqueue_requests', 'Requests that wait.', ({ waiting }) => waiting);
  return {
    dispatched(schema, level, waitedMs) {
      const counts = begun.get(level);
      if (counts) counts.set(schema, (counts.get(schema) ?? 0) + 1);
      else begun.set(level, new Map([[schema, 1]]));
      if (waitedMs > 0) waits.observe({ flow_schema: schema, priority_level: level, execute: 'true' }, waitedMs / 1000);
    },
    rejected(schema, level, reason) {
      rejected.inc({ flow_schema: schema, priority_level: level, reason });
    },
  };
}
