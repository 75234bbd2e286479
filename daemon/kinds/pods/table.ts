/**
 * The table of Pods: readiness, the status in one word, restarts (`pkg/printers/internalversion`: printPod of 1.32).
 */

import { ageOf } from '../../base/duration.ts';
import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf, orNone, wideColumn } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { ContainerStateTerminated, ContainerStatus, Pod } from '../types.generated.ts';

interface Summary {
  ready: number;
  reason: string;
  restarts: number;
  /** When the youngest restart's predecessor ended; RFC 3339, `''` for never. */
  lastRestart: string;
}

const later = (a: string, b: string | null | undefined) => (b && (!a || Date.parse(b) > Date.parse(a)) ? b : a);

function describeEnd(ended: ContainerStateTerminated): string {
  return ended.reason || (ended.signal ? `Signal:${ended.signal}` : `ExitCode:${ended.exitCode}`);
}

const isTrue = (pod: Readonly<Pod>, type: string) =>
  pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;

function baseReason(pod: Readonly<Pod>): string {
  const { status } = pod;
  const gated = status?.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated');
  return gated ? 'SchedulingGated' : status?.reason || status?.phase || '';
}

/** The reason that one init container gives, or undefined when initialization is past it. */
function initReason(status: ContainerStatus, isSidecar: boolean, index: number, count: number): string | undefined {
  const { terminated, waiting } = status.state ?? {};
  if (terminated?.exitCode === 0) return undefined;
  if (isSidecar && status.started) return undefined;
  if (terminated) return `Init:${describeEnd(terminated)}`;
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
  return `Init:${index}/${count}`;
}

function summarize(pod: Readonly<Pod>): Summary {
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map(({ name }) => name),
  );
  const summary: Summary = { ready: 0, reason: baseReason(pod), restarts: 0, lastRestart: '' };
  const ofSidecars = { restarts: 0, lastRestart: '' };
  let initializing = false;
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const isSidecar = sidecars.has(status.name);
    for (const total of isSidecar ? [summary, ofSidecars] : [summary]) {
      total.restarts += status.restartCount ?? 0;
      total.lastRestart = later(total.lastRestart, status.lastState?.terminated?.finishedAt);
    }
    const reason = initReason(status, isSidecar, index, pod.spec?.initContainers?.length ?? 0);
    if (reason === undefined) {
      if (isSidecar && status.ready && !status.state?.terminated) summary.ready++;
      continue;
    }
    summary.reason = reason;
    initializing = true;
    break;
  }
  if (!initializing || isTrue(pod, 'Initialized')) summarizeContainers(pod, summary, ofSidecars);
  return summary;
}

function summarizeContainers(
  pod: Readonly<Pod>,
  summary: Summary,
  ofSidecars: Pick<Summary, 'restarts' | 'lastRestart'>,
): void {
  Object.assign(summary, ofSidecars);
  let running = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    summary.restarts += status.restartCount ?? 0;
    summary.lastRestart = later(summary.lastRestart, status.lastState?.terminated?.finishedAt);
    const { waiting, terminated, running: started } = status.state ?? {};
    if (waiting?.reason) {
      summary.reason = waiting.reason;
    } else if (terminated) {
      summary.reason = describeEnd(terminated);
    } else if (status.ready && started) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.reason === 'Completed' && running) summary.reason = isTrue(pod, 'Ready') ? 'Running' : 'NotReady';
}

function finalReason(pod: Readonly<Pod>, reason: string): string {
  if (!pod.metadata?.deletionTimestamp) return reason;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return over ? reason : 'Terminating';
}

function formatRestarts({ restarts, lastRestart }: Summary, now: number): string {
  return restarts !== 0 && lastRestart ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts);
}

function formatGates(pod: Readonly<Pod>): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter(({ conditionType }) => isTrue(pod, conditionType)).length}/${gates.length}`;
}

export const table: TableDefinition<Pod> = {
  columns: [
    NAME_COLUMN,
    column('Ready', 'How many of the containers that keep running are ready.'),
    column('Status', 'The phase of the Pod, or the reason why it is not further.'),
    column('Restarts', 'How often containers were started again, and when last.'),
    AGE_COLUMN,
    wideColumn('IP', 'The address of the Pod within the cluster.'),
    wideColumn('Node', 'The node that runs the Pod.'),
    wideColumn('Nominated Node', 'The node on which room is being made for the Pod.'),
    wideColumn('Readiness Gates', 'How many of the extra conditions of readiness are true.'),
  ],
  cells(pod, now) {
    const summary = summarize(pod);
    const sidecars = (pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').length;
    return [
      nameOf(pod),
      `${summary.ready}/${(pod.spec?.containers?.length ?? 0) + sidecars}`,
      finalReason(pod, summary.reason),
      formatRestarts(summary, now),
      age(pod, now),
      orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP),
      orNone(pod.spec?.nodeName),
      orNone(pod.status?.nominatedNodeName),
      formatGates(pod),
    ];
  },
  conditions(pod) {
    const phase = pod.status?.phase;
    if (phase === 'Succeeded') {
      return [{ type: 'Completed', status: 'True', reason: phase, message: 'The pod has completed successfully.' }];
    }
    if (phase === 'Failed') {
      return [{ type: 'Completed', status: 'True', reason: phase, message: 'The pod failed.' }];
    }
    return [];
  },
};
