/**
 * Why a rollout failed, for the message of the commit that takes it back: what the unhealthy objects say, their warnings, the last words of their
 * containers. Bounded in size and time; without the value of any Secret.
 */

import { parseTime } from '../../base/clock.ts';
import { controllerOf, type KubeObject } from '../../base/object.ts';
import type { Event, Pod } from '../../kinds/types.generated.ts';
import type { Store } from '../../store/store.ts';
import { EVIDENCE_EVENTS_MAX, EVIDENCE_LINE_LENGTH_MAX, EVIDENCE_LOG_LINES_MAX, EVIDENCE_PODS_MAX } from '../limits.ts';
import { inert } from '../problem.ts';
import type { CommitStatus } from '../status/commit-status.ts';
import { createRedactor } from './redact.ts';

/** The last lines of a container's log; `''` when there are none. Must end by itself within seconds. */
export type PodLogs = (pod: Readonly<Pod>, container: string, lines: number) => Promise<string>;

export interface Evidence {
  /** `deployment default/web: 0/1 ready: exceeded its progress deadline` */
  objects: readonly string[];
  /** `Warning BackOff pod default/web-5d: Back-off restarting failed container` */
  events: readonly string[];
  logs: readonly { title: string; lines: readonly string[] }[];
}

export async function gatherEvidence(store: Store, status: CommitStatus, podLogs: PodLogs): Promise<Evidence> {
  const failed = status.objects.filter(({ state }) => state === 'failed');
  const objects = failed.map(({ object, text }) => `${object}: ${text}`);
  const about = failed.flatMap(({ key }) => store.get(key)?.value ?? []);
  const family = about.flatMap((object) => descendants(store, object));
  const namespaces = [...new Set(family.map(({ metadata }) => metadata?.namespace ?? ''))].filter(Boolean);
  const secrets = secretsOf(store, namespaces);
  const redact = createRedactor(secrets, { words: true });
  const line = (text: string): string => shorten(redact(inert(text)));
  // Numbers in our own words are no secrets: `0/1 ready`.
  const redactParts = createRedactor(secrets, { words: false });
  const uids = new Set(family.map(({ metadata }) => metadata?.uid ?? ''));
  const events = warningsOf(store, namespaces, uids, parseTime(status.times.admitted ?? '') || 0);
  const pods = family.filter((object): object is Pod => object.kind === 'Pod' && !isReady(object as Pod));
  const logs = await Promise.all(pods.slice(0, EVIDENCE_PODS_MAX).map((pod) => lastWords(pod, podLogs, line)));
  return {
    objects: objects.map((text) => shorten(redactParts(inert(text)))),
    events: events.map(line),
    logs: logs.filter(({ lines }) => lines.length > 0),
  };
}

/** The object, its ReplicaSets and their pods; the newest first, for they are what fails. */
function descendants(store: Store, object: Readonly<KubeObject>): KubeObject[] {
  const { namespace } = object.metadata ?? {};
  const children = (prefix: string, owner: Readonly<KubeObject>): KubeObject[] =>
    store
      .range(`${prefix}${namespace}/`)
      .entries.filter(({ value }) => controllerOf(value)?.uid === owner.metadata?.uid)
      .sort((a, b) => b.createRevision - a.createRevision)
      .map(({ value }) => value);
  if (object.kind === 'ReplicaSet' || object.kind === 'Job')
    return [object, ...children('/registry/core/pods/', object)];
  if (object.kind !== 'Deployment') return [object];
  const sets = children('/registry/apps/replicasets/', object);
  return [object, ...sets.flatMap((set) => [set, ...children('/registry/core/pods/', set)])];
}

function secretsOf(store: Store, namespaces: readonly string[]): Record<string, string>[] {
  const entries = namespaces.flatMap((namespace) => store.range(`/registry/core/secrets/${namespace}/`).entries);
  return entries.map(({ value }) => (value as { data?: Record<string, string> }).data ?? {});
}

/** Since the commit came: what was wrong with the objects before is no fault of its. */
function warningsOf(store: Store, namespaces: readonly string[], uids: ReadonlySet<string>, sinceMs: number): string[] {
  const entries = namespaces.flatMap((namespace) => store.range(`/registry/core/events/${namespace}/`).entries);
  return entries
    .filter(({ value }) => {
      const { type, involvedObject, lastTimestamp, eventTime, metadata } = value as Event;
      const lastMs = parseTime(lastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? '') || 0;
      return type === 'Warning' && uids.has(involvedObject?.uid ?? '') && lastMs >= sinceMs;
    })
    .sort((a, b) => a.modRevision - b.modRevision)
    .slice(-EVIDENCE_EVENTS_MAX)
    .map(({ value }) => {
      const { reason, message, involvedObject } = value as Event;
      const { kind = '', namespace, name } = involvedObject ?? {};
      return `${reason} ${kind.toLowerCase()} ${namespace}/${name}: ${message}`;
    });
}

const isReady = (pod: Readonly<Pod>): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

async function lastWords(
  pod: Readonly<Pod>,
  podLogs: PodLogs,
  line: (text: string) => string,
): Promise<Evidence['logs'][number]> {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const container = statuses.find(({ ready }) => !ready)?.name ?? pod.spec?.containers[0]?.name ?? '';
  const text = await podLogs(pod, container, EVIDENCE_LOG_LINES_MAX).catch(() => '');
  const { namespace, name } = pod.metadata ?? {};
  const lines = text.split('\n').filter((one) => one.trim() !== '');
  return {
    title: `pod ${namespace}/${name}, container ${container}`,
    lines: lines.slice(-EVIDENCE_LOG_LINES_MAX).map(line),
  };
}

const shorten = (text: string): string =>
  text.length <= EVIDENCE_LINE_LENGTH_MAX ? text : `${text.slice(0, EVIDENCE_LINE_LENGTH_MAX - 1)}…`;
