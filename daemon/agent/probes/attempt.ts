/**
 * One attempt of a probe: exec, http, tcp or gRPC. Never rejects, whatever the probe's author wrote; a failure says why in the kubelet's words.
 */

import { connect } from 'node:net';
import type { Container, Probe } from '../../kinds/types.generated.ts';
import type { RuntimeExec } from '../exec/runtime-exec.ts';
import { attemptGrpc } from './attempt-grpc.ts';
import { attemptHttp } from './attempt-http.ts';
import { errored, joinHostPort, type ProbeOutcome, reasonOf } from './outcome.ts';

export interface ProbeTarget {
  containerId: string;
  container: Readonly<Container>;
  /** The pod's address, or the node's for hostNetwork. */
  ip: string;
}

export async function attempt(probe: Readonly<Probe>, target: ProbeTarget, exec: RuntimeExec): Promise<ProbeOutcome> {
  try {
    return await attemptOnce(probe, target, exec);
  } catch (error) {
    return errored((error as Error).message);
  }
}

async function attemptOnce(probe: Readonly<Probe>, target: ProbeTarget, exec: RuntimeExec): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  const { exec: command, httpGet, tcpSocket, grpc } = probe;
  if (command) return attemptExec(exec, target.containerId, command.command ?? [], timeoutMs);
  if (grpc) return attemptGrpc(grpc, target.ip, timeoutMs);
  const action = httpGet ?? tcpSocket;
  if (!action) return errored('missing probe handler');
  const port = resolvePort(action.port, target.container);
  if (port === undefined) return errored(`couldn't find port: ${JSON.stringify(action.port)}`);
  if (httpGet) return attemptHttp(httpGet, httpGet.host || target.ip, port, timeoutMs);
  return attemptTcp(action.host || target.ip, port, timeoutMs);
}

/** A number, or the name of one of the container's ports. */
export function resolvePort(port: number | string, container: Readonly<Container>): number | undefined {
  const named = container.ports?.find(({ name }) => name !== undefined && name === port)?.containerPort;
  const number = named ?? (/^\d+$/.test(String(port)) ? Number(port) : 0);
  return number > 0 && number < 65536 ? number : undefined;
}

async function attemptExec(
  exec: RuntimeExec,
  containerId: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const { exitCode, output, timedOut, problem } = await exec.run(containerId, { command, timeoutMs });
  if (problem !== undefined) return errored(problem);
  if (timedOut)
    return {
      success: false,
      message: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutMs / 1000}s`,
    };
  return { success: exitCode === 0, message: output };
}

function attemptTcp(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  const address = joinHostPort(host, port);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (outcome: ProbeOutcome) => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(outcome);
    };
    const deadline = setTimeout(() => end({ success: false, message: `dial tcp ${address}: i/o timeout` }), timeoutMs);
    socket.once('connect', () => end({ success: true, message: '' }));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end({ success: false, message: `dial tcp ${address}: ${reasonOf(error)}` }),
    );
  });
}
