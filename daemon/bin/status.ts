/**
 * `reflet status`: the commit in force, the nodes, and the workloads with what they wait for.
 */

import type { HttpClient } from '../client/http.ts';
import { inert } from '../git/problem.ts';
import type { CommitState } from '../git/status/commit-status.ts';
import { DEPLOYMENTS, EVENTS, NODES, PODS } from '../kinds/resources.ts';
import type { Deployment, Event, Node, Pod } from '../kinds/types.generated.ts';
import { FOREIGN_RULE_REASON } from './foreign-rules.ts';
import { type Output, renderColumns } from './output.ts';
import type { StatusDocument } from './status-document.ts';

export interface StatusReport extends StatusDocument {
  nodes: { name: string; ready: boolean }[];
  workloads: { name: string; ready: number; wanted: number; healthy: boolean; message?: string }[];
  pods: { running: number; total: number };
  /** Rules of others that were removed from our chains within the hour that Events are kept. */
  foreignRules: { node: string; message: string; count: number; last: string }[];
}

export async function readStatusDocument(client: HttpClient): Promise<StatusDocument> {
  const { code, body } = await client.raw('GET', '/reflet/v1/status');
  if (code !== 200) throw new Error(`the daemon answered ${code}: ${body.slice(0, 200)}`);
  return JSON.parse(body) as StatusDocument;
}

export async function readStatus(client: HttpClient): Promise<StatusReport> {
  const [document, nodes, deployments, pods, foreign] = await Promise.all([
    readStatusDocument(client),
    client.list(NODES),
    client.list(DEPLOYMENTS),
    client.list(PODS),
    client.list(EVENTS, { fieldSelector: `reason=${FOREIGN_RULE_REASON}` }),
  ]);
  return {
    ...document,
    nodes: nodes.items.map((node) => ({ name: node.metadata?.name ?? '', ready: isReady(node) })),
    workloads: deployments.items.map(judgeDeployment),
    pods: {
      running: pods.items.filter((pod: Pod) => pod.status?.phase === 'Running').length,
      total: pods.items.length,
    },
    foreignRules: foreign.items.map(describeForeign),
  };
}

function describeForeign(event: Readonly<Event>): StatusReport['foreignRules'][number] {
  const { involvedObject, message = '', count = 1, lastTimestamp, metadata } = event;
  return {
    node: involvedObject?.name ?? '',
    message,
    count,
    last: lastTimestamp ?? metadata?.creationTimestamp ?? '',
  };
}

function isReady(node: Readonly<Node>): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function judgeDeployment({ metadata, spec, status }: Readonly<Deployment>): StatusReport['workloads'][number] {
  const wanted = spec?.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const current =
    status?.observedGeneration === metadata?.generation &&
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted;
  const failing = status?.conditions?.find(
    ({ type, status: value }) =>
      (type === 'Progressing' && value === 'False') || (type === 'ReplicaFailure' && value === 'True'),
  );
  return {
    name: `${metadata?.namespace}/${metadata?.name}`,
    ready,
    wanted,
    healthy: current && ready === wanted && !failing,
    ...(failing?.message ? { message: failing.message } : {}),
  };
}

const TONES: Partial<Record<CommitState, 'ok' | 'error'>> = { healthy: 'ok', failed: 'error' };

function remoteLine({ url, fetched, unreachable }: NonNullable<StatusDocument['remote']>, out: Output): string {
  if (!unreachable) return `remote      ${url} (fetched ${fetched ?? 'never'})`;
  const { since, tries, message } = unreachable;
  const tried = tries === 1 ? '1 try' : `${tries} tries`;
  return `remote      ${url} ${out.paint('error', 'unreachable')} since ${since}, ${tried}: ${message}`;
}

/** Resolves with the exit code: 0 when everything is healthy, 1 otherwise. */
export function printStatus(report: StatusReport, json: boolean, out: Output): number {
  const healthy =
    report.nodes.every(({ ready }) => ready) &&
    report.workloads.every((one) => one.healthy) &&
    !report.refused &&
    !report.degraded &&
    !report.remote?.unreachable;
  if (json) out.line(JSON.stringify({ ...report, healthy }, null, 2));
  else {
    printGit(report, out);
    printCluster(report, out);
  }
  return healthy ? 0 : 1;
}

/** What is in force, and what is not. */
function printGit(report: StatusReport, out: Output): void {
  out.line(`repository  ${report.repository} (${report.ref})`);
  out.line(`in force    ${report.commit ?? 'nothing yet'}  (${report.objects} objects, revision ${report.revision})`);
  if (report.rollout) {
    const { state, message, objects } = report.rollout;
    out.line(`rollout     ${out.paint(TONES[state] ?? 'warning', state)}: ${message}`);
    for (const { object, text } of objects) out.line(`            ${object} ${text}`);
  }
  if (report.suspended) {
    const { reason, until, waiting } = report.suspended;
    const end = until ? ` until ${until}` : '';
    out.line(`${out.paint('warning', 'suspended')}   ${reason}${end}${waiting ? `; ${waiting} waits` : ''}`);
  }
  if (report.degraded) {
    const { commit, message } = report.degraded;
    out.line(`${out.paint('error', 'degraded')}    ${commit}: ${message}`);
  }
  if (report.remote) out.line(remoteLine(report.remote, out));
  if (report.refused) {
    out.line(`${out.paint('error', 'refused')}     ${report.refused.commit}`);
    for (const problem of report.refused.problems) out.line(`            ${problem}`);
  }
  for (const recipient of report.secrets?.recipients.slice(0, 1) ?? [])
    out.line(`secrets     encrypted for ${recipient}`);
}

/** What became of it. */
function printCluster(report: StatusReport, out: Output): void {
  const nodes = report.nodes.map(
    ({ name, ready }) => `${name} ${ready ? out.paint('ok', 'Ready') : out.paint('error', 'NotReady')}`,
  );
  out.line(`nodes       ${nodes.join(', ') || 'none'}`);
  out.line(`pods        ${report.pods.running} running of ${report.pods.total}`);
  for (const { node, message, count, last } of report.foreignRules) {
    const times = count === 1 ? last : `${count} times, last ${last}`;
    out.line(`${out.paint('warning', 'rules')}       ${node}: ${inert(message)} (${times})`);
  }
  const rows = report.workloads.map(({ name, ready, wanted, healthy: fine, message }) => [
    name,
    `${ready}/${wanted}`,
    fine ? 'healthy' : 'progressing',
    message ?? '',
  ]);
  if (rows.length === 0) return;
  out.line('');
  for (const line of renderColumns([['DEPLOYMENT', 'READY', 'STATE', ''], ...rows])) out.line(line.trimEnd());
}
