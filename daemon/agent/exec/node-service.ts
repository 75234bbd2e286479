/**
 * The agent's side of logs, exec, attach and port-forward (`client/node-service.ts` is the contract).
 */

import type { Clock } from '../../base/clock.ts';
import { badRequest, internalError, notFound } from '../../base/status.ts';
import type { ExecOptions, NodeService, PodReference, Session } from '../../client/node-service.ts';
import { containerLogPath } from '../logs/paths.ts';
import { readLogs } from '../logs/read-logs.ts';
import type { PodmanHttp } from '../podman/http.ts';
import type { NamespaceDialer } from './namespace-dialer.ts';
import { connectInside, connectOnHost, dial } from './port-forward.ts';
import type { RuntimeExec } from './runtime-exec.ts';
import { createSharedAttach } from './shared-attach.ts';
import { openAttach, openExec } from './terminal.ts';

/** A container as the agent knows it now. */
export interface KnownContainer {
  /** Of the newest instance; undefined when none was made yet. */
  id: string | undefined;
  running: boolean;
  restartCount: number;
  /** Whether its input stays open when a client that attached to it goes. A terminal's does by itself. */
  keepsInput: boolean;
  /** Why it does not run yet, as its status says: `ContainerCreating`, `ImagePullBackOff`. */
  waitingReason?: string;
}

export interface KnownPod {
  ip: string | undefined;
  /** `/run/netns/…`; undefined for a pod in the host's network. Without it port-forward reaches what listens on the pod's address. */
  netnsPath?: string;
  container(name: string): KnownContainer | undefined;
}

export interface NodeServiceOptions {
  /** By uid; undefined when this node does not run it. */
  pod(reference: PodReference): KnownPod | undefined;
  /** Tells when the container has ended, at once if it has or is not known; until the answer is called. */
  onEnd(containerId: string, listener: () => void): () => void;
  logRoot: string;
  podman: PodmanHttp;
  runtime: RuntimeExec;
  dialer: NamespaceDialer;
  stats: Pick<NodeService, 'usage' | 'answer'>;
  clock: Clock;
}

export function createNodeService(options: NodeServiceOptions): NodeService {
  const { pod: lookUp, onEnd, logRoot, podman, runtime, dialer, stats, clock } = options;
  const podOf = (reference: PodReference): KnownPod => {
    const pod = lookUp(reference);
    if (!pod) throw notFound({ group: '', resource: 'pods' }, reference.name);
    return pod;
  };
  const shared = createSharedAttach({ podman, clock, onEnd });
  const running = (reference: PodReference, name: string): KnownContainer & { id: string } => {
    const container = podOf(reference).container(name);
    if (!container) throw notFound({ group: '', resource: 'containers' }, name);
    if (!container.id || !container.running)
      throw internalError(new Error(`unable to upgrade connection: container not found ("${name}")`));
    return { ...container, id: container.id };
  };
  return {
    async *logs(reference, options, signal) {
      const { container: name, previous } = options;
      const container = podOf(reference).container(name);
      if (!container) throw badRequest(`container "${name}" in pod "${reference.name}" is not available`);
      if (!container.id)
        throw badRequest(
          `container "${name}" in pod "${reference.name}" is waiting to start: ${container.waitingReason ?? 'ContainerCreating'}`,
        );
      const instance = previous ? container.restartCount - 1 : container.restartCount;
      if (instance < 0)
        throw badRequest(`previous terminated container "${name}" in pod "${reference.name}" not found`);
      const isRunning = () => {
        const now = lookUp(reference)?.container(name);
        return !previous && now !== undefined && now.restartCount === instance && now.running;
      };
      yield* readLogs({
        path: containerLogPath(logRoot, reference, name, instance),
        options,
        isRunning,
        clock,
        signal,
      });
    },
    exec: async (reference, options) => {
      const { id } = running(reference, options.container);
      return options.tty ? openExec(podman, id, options) : execPiped({ runtime, clock }, id, options);
    },
    attach: async (reference, options) => {
      const { id, keepsInput } = running(reference, options.container);
      if (keepsInput) return shared.open(id, options);
      return openAttach({ podman, clock, onEnd: (listener) => onEnd(id, listener) }, id, options);
    },
    async portForward(reference, port) {
      const { ip, netnsPath } = podOf(reference);
      if (!ip) throw internalError(new Error(`pod ${reference.name} has no address yet`));
      return netnsPath ? connectInside(dialer, netnsPath, port) : connectOnHost(ip, port);
    },
    connect: dial,
    usage: () => stats.usage(),
    answer: (path) => stats.answer(path),
  };
}

/** A command whose client is gone may still read what it was sent: some clients hang up right behind the last byte of a copy. */
const LEFT_ALONE_MS_MAX = 30_000;

/** Without a terminal: the command's own pipes, ended exactly when it ends. */
async function execPiped(
  { runtime, clock }: Pick<NodeServiceOptions, 'runtime' | 'clock'>,
  id: string,
  { command, stdin, stdout, stderr }: ExecOptions,
): Promise<Session> {
  const { child, ended, kill } = await runtime.spawn(id, command);
  if (stdin) stdin.pipe(child.stdin!);
  else child.stdin?.end();
  if (stdout) child.stdout!.pipe(stdout, { end: false });
  else child.stdout!.resume();
  if (stderr) child.stderr!.pipe(stderr, { end: false });
  else child.stderr!.resume();
  const leaveAlone = () => {
    for (const output of [child.stdout!, child.stderr!]) output.unpipe().resume();
    if (stdin?.destroyed) child.stdin!.end();
    void ended.then(clock.after(LEFT_ALONE_MS_MAX, () => void kill()));
  };
  return {
    exit: ended.then(({ exitCode }) => exitCode),
    resize() {},
    close: () => (stdin ? leaveAlone() : void kill()),
  };
}
