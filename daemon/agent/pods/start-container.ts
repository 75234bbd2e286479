/**
 * Makes and starts one container of a pod, with the kubelet's events and reasons. Never rejects for what is wrong with the pod: that is
 * answered as a problem.
 */

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Container, EphemeralContainer, Pod } from '../../kinds/types.generated.ts';
import { ConfigProblem, type EnvironmentSources, resolveEnvironment } from '../containers/environment.ts';
import { type NodeFacts, renderContainer } from '../containers/render-container.ts';
import type { FoundImage } from '../images/image-manager.ts';
import { containerLogPath } from '../logs/paths.ts';
import type { ContainerCalls } from '../podman/containers.ts';
import { PodmanError } from '../podman/http.ts';
import type { Volumes } from '../volumes/contract.ts';
import { VolumeProblem } from '../volumes/payload.ts';
import type { ContainerTable } from './container-table.ts';
import { instancesOf } from './observed.ts';
import type { Sandbox, Sandboxes } from './sandbox.ts';
import type { Problem } from './snapshot.ts';

export type RecordEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export interface StartContext {
  calls: ContainerCalls;
  table: ContainerTable;
  volumes: Volumes;
  sandboxes: Sandboxes;
  sources: EnvironmentSources;
  node: NodeFacts;
  logRoot: string;
  clock: Clock;
}

export interface StartRequest {
  /** With the addresses in its status, for the downward API. */
  pod: Readonly<Pod>;
  container: Readonly<Container>;
  sandbox: Sandbox;
  image: FoundImage;
  restartCount: number;
  backoffMs: number;
}

export type StartOutcome = { id: string; problem?: undefined } | { id?: string; problem: Problem };

/** The kubelet tries again at its next look at the pod. */
const RETRY_MS = 10_000;
/** podman's service is being restarted. */
const AWAY_RETRY_MS = 1_000;
const isAway = (error: unknown) => error instanceof PodmanError && error.code === 0;
/** As CRI runtimes report a container that could not be started. */
const START_ERROR_EXIT_CODE = 128;

export async function startContainer(
  context: StartContext,
  request: StartRequest,
  record: RecordEvent,
): Promise<StartOutcome> {
  const { calls, clock } = context;
  const fail = (reason: string, error: unknown): StartOutcome => {
    const message = (error as Error).message;
    record('Warning', 'Failed', `Error: ${message}`);
    return { problem: { reason, message, untilMs: clock.now() + (isAway(error) ? AWAY_RETRY_MS : RETRY_MS) } };
  };
  let specification: Record<string, unknown> & { name: string };
  try {
    specification = await renderRequest(context, request);
  } catch (error) {
    if (error instanceof ConfigProblem || error instanceof VolumeProblem)
      return fail('CreateContainerConfigError', error);
    return fail('CreateContainerError', error);
  }
  let id: string;
  try {
    id = await calls.create(specification);
  } catch (error) {
    return fail('CreateContainerError', error);
  }
  record('Normal', 'Created', `Created container: ${request.container.name}`);
  return runContainer(context, id, request.container.name, record);
}

/** An ephemeral container that names another one sees the processes of that one. Throws ConfigProblem. */
function sandboxOf(table: ContainerTable, { pod, container, sandbox }: StartRequest): Sandbox {
  const { targetContainerName: target } = container as EphemeralContainer;
  if (!target) return sandbox;
  const [instance] = instancesOf(table.ofPod(pod.metadata?.uid ?? ''), target);
  if (instance?.state !== 'running' || instance.pid <= 0)
    throw new ConfigProblem(`unable to find target container ${target}`);
  return { ...sandbox, pidPath: `/proc/${instance.pid}/ns/pid` };
}

async function renderRequest(
  { table, volumes, sandboxes, sources, node, logRoot }: StartContext,
  request: StartRequest,
): Promise<Record<string, unknown> & { name: string }> {
  const { pod, container, image, restartCount, backoffMs } = request;
  const { uid = '', namespace = '', name = '' } = pod.metadata ?? {};
  const sandbox = sandboxOf(table, request);
  const environment = resolveEnvironment(pod, container, sources);
  const mounts = await volumes.mounts(pod, container.name);
  const logPath = containerLogPath(logRoot, { uid, namespace, name }, container.name, restartCount);
  await mkdir(dirname(logPath), { recursive: true });
  const messagePath = await sandboxes.messageFile(uid, container.name, restartCount);
  return renderContainer(pod, container, node, sandbox, {
    restartCount,
    backoffMs,
    image: { id: image.id, user: image.user },
    environment,
    mounts,
    logPath,
    messagePath,
  });
}

/** Starts a container that was made. */
export async function runContainer(
  { calls, table, clock }: StartContext,
  id: string,
  name: string,
  record: RecordEvent,
): Promise<StartOutcome> {
  try {
    await calls.start(id);
  } catch (error) {
    const message = (error as Error).message;
    record('Warning', 'Failed', `Error: ${message}`);
    await table.refresh(id);
    table.markEnded(id, { exitCode: START_ERROR_EXIT_CODE, finishedMs: clock.now(), startError: message });
    return { id, problem: { reason: 'RunContainerError', message, untilMs: 0 } };
  }
  record('Normal', 'Started', `Started container ${name}`);
  await table.refresh(id);
  return { id };
}
