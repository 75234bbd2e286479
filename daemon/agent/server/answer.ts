/**
 * The kubelet's own HTTP API (`pkg/kubelet/server`), as far as it answers at once: health, pods, usage, settings. It is reached through the API's
 * proxy of nodes, which authorizes; streams are not here.
 */

import type { NodeAnswer } from '../../client/node-service.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { cadvisorMetrics } from '../stats/cadvisor-metrics.ts';
import { EXPOSITION_TYPE, type Metric, renderMetrics } from '../stats/exposition.ts';
import type { NodeReading } from '../stats/reading.ts';
import { resourceMetrics } from '../stats/resource-metrics.ts';
import { renderSummary } from '../stats/summary.ts';

export interface AnswerSources {
  /** Of this node, whatever their state. */
  pods(): readonly Readonly<Pod>[];
  read(): Promise<NodeReading>;
  agentMetrics(): Metric[];
  probeMetrics(): Metric[];
  configuration(): object;
  processors: number;
}

const text = (code: number, body: string): NodeAnswer => ({ code, contentType: 'text/plain; charset=utf-8', body });
const json = (value: object): NodeAnswer => ({
  code: 200,
  contentType: 'application/json',
  body: JSON.stringify(value),
});
const metrics = (all: readonly Metric[]): NodeAnswer => ({
  ...{ code: 200, contentType: EXPOSITION_TYPE, body: renderMetrics(all) },
});
const podList = (items: readonly object[]): NodeAnswer =>
  json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });

const OK = (): NodeAnswer => text(200, 'ok');
/** As a kubelet whose `enableSystemLogHandler` is off: the host's own logs are not for the cluster. */
const NO_SYSTEM_LOGS = (): NodeAnswer => text(405, 'logs endpoint is disabled.\n');

const PATHS: Readonly<Record<string, (sources: AnswerSources) => NodeAnswer | Promise<NodeAnswer>>> = {
  healthz: OK,
  'healthz/ping': OK,
  'healthz/log': OK,
  'healthz/syncloop': OK,
  pods: ({ pods }) => podList(pods()),
  runningpods: async ({ read }) => podList((await read()).pods.map(runningPod)),
  configz: ({ configuration }) => json(configuration()),
  'stats/summary': async ({ read }) => json(renderSummary(await read())),
  metrics: ({ agentMetrics }) => metrics(agentMetrics()),
  'metrics/probes': ({ probeMetrics }) => metrics(probeMetrics()),
  'metrics/resource': async ({ read }) => metrics(resourceMetrics(await read())),
  'metrics/cadvisor': async ({ read, processors }) => metrics(cadvisorMetrics(await read(), processors)),
  logs: NO_SYSTEM_LOGS,
};

/** `path`: without slashes around it. Undefined: nothing is there. */
export async function answerPath(sources: AnswerSources, path: string): Promise<NodeAnswer | undefined> {
  if (path.startsWith('logs/')) return NO_SYSTEM_LOGS();
  return Object.hasOwn(PATHS, path) ? PATHS[path]!(sources) : undefined;
}

/** What the runtime knows of a pod, which is not much. */
function runningPod({ pod, containers }: NodeReading['pods'][number]): object {
  const { name, namespace, uid } = pod.metadata ?? {};
  return {
    metadata: { name, namespace, uid, creationTimestamp: null },
    spec: {
      containers: containers.map(({ container }) => ({ name: container.name, image: container.image, resources: {} })),
    },
    status: {},
  };
}
