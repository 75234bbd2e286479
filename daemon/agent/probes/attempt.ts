/**
 * One attempt of a probe: exec, http, tcp or gRPC. Resolves always; a failure says why in the kubelet's words.
 */

import { request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Container, GRPCAction, HTTPGetAction, Probe } from '../../kinds/types.generated.ts';
import type { RuntimeExec } from '../exec/runtime-exec.ts';

export interface ProbeTarget {
  containerId: string;
  container: Readonly<Container>;
  /** The pod's address, or the node's for hostNetwork. */
  ip: string;
}

export interface ProbeOutcome {
  success: boolean;
  message: string;
}

const USER_AGENT = 'kube-probe/1.32';
/** The kubelet reads 10 KiB of a body. */
const BODY_BYTES_MAX = 10 * 1024;

export async function attempt(probe: Readonly<Probe>, target: ProbeTarget, exec: RuntimeExec): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return attemptExec(exec, target.containerId, probe.exec.command ?? [], timeoutMs);
  if (probe.httpGet) return attemptHttp(probe.httpGet, target, timeoutMs);
  if (probe.tcpSocket)
    return attemptTcp(
      probe.tcpSocket.host || target.ip,
      resolvePort(probe.tcpSocket.port, target.container),
      timeoutMs,
    );
  if (probe.grpc) return attemptGrpc(probe.grpc, target.ip, timeoutMs);
  return { success: false, message: 'missing probe handler' };
}

/** A number, or the name of one of the container's ports. */
export function resolvePort(port: number | string, container: Readonly<Container>): number | undefined {
  if (typeof port === 'number') return port;
  return (
    container.ports?.find(({ name }) => name === port)?.containerPort ?? (/^\d+$/.test(port) ? Number(port) : undefined)
  );
}

async function attemptExec(
  exec: RuntimeExec,
  containerId: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const { exitCode, output, timedOut } = await exec.run(containerId, { command, timeoutMs });
  if (timedOut)
    return {
      success: false,
      message: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutMs / 1000}s`,
    };
  return { success: exitCode === 0, message: output };
}

function attemptTcp(host: string, port: number | undefined, timeoutMs: number): Promise<ProbeOutcome> {
  if (port === undefined) return Promise.resolve({ success: false, message: 'couldn’t find the port of the probe' });
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (outcome: ProbeOutcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => end({ success: true, message: '' }));
    socket.once('timeout', () => end({ success: false, message: `dial tcp ${host}:${port}: i/o timeout` }));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end({ success: false, message: `dial tcp ${host}:${port}: connect: ${reasonOf(error)}` }),
    );
  });
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
};
const reasonOf = (error: NodeJS.ErrnoException) => REASONS[error.code ?? ''] ?? error.message;

function attemptHttp(
  action: Readonly<HTTPGetAction>,
  { ip, container }: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const port = resolvePort(action.port, container);
  if (port === undefined)
    return Promise.resolve({ success: false, message: `couldn’t find port: ${JSON.stringify(action.port)}` });
  const secure = action.scheme === 'HTTPS';
  const host = action.host || ip;
  const path = action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`;
  const url = `${secure ? 'https' : 'http'}://${host}:${port}${path}`;
  const headers: Record<string, string> = { 'User-Agent': USER_AGENT, Accept: '*/*', Connection: 'close' };
  for (const { name, value } of action.httpHeaders ?? []) headers[name] = value ?? '';
  return new Promise((resolve) => {
    let settled = false;
    const settle = (outcome: ProbeOutcome) => {
      if (settled) return;
      settled = true;
      sent.destroy();
      resolve(outcome);
    };
    const options = { host, port, path, headers, agent: false, rejectUnauthorized: false, timeout: timeoutMs };
    const sent = (secure ? httpsRequest : httpRequest)(options, (answer) => {
      const code = answer.statusCode ?? 0;
      answer.on('error', () => {});
      // A redirect within the host is taken as good, as the kubelet takes the page behind it.
      const success = code >= 200 && code < 400;
      if (!success) return settle({ success, message: `HTTP probe failed with statuscode: ${code}` });
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > BODY_BYTES_MAX) settle({ success, message: '' });
      });
      answer.on('end', () => settle({ success, message: '' }));
    });
    const deadline = setTimeout(
      () =>
        settle({
          success: false,
          message: `Get ${JSON.stringify(url)}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
        }),
      timeoutMs,
    );
    sent.once('close', () => clearTimeout(deadline));
    sent.once('error', (error: NodeJS.ErrnoException) =>
      settle({
        success: false,
        message: `Get ${JSON.stringify(url)}: dial tcp ${host}:${port}: connect: ${reasonOf(error)}`,
      }),
    );
    sent.end();
  });
}

const SERVING = 1;

/** `grpc.health.v1.Health/Check` (the gRPC health checking protocol). */
function attemptGrpc({ port, service }: Readonly<GRPCAction>, ip: string, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const session = connectHttp2(`http://${ip}:${port}`);
    const end = (outcome: ProbeOutcome) => {
      clearTimeout(deadline);
      session.destroy();
      resolve(outcome);
    };
    const deadline = setTimeout(
      () =>
        end({
          success: false,
          message: `timeout: failed to connect service "${ip}:${port}" within ${timeoutMs / 1000}s`,
        }),
      timeoutMs,
    );
    session.on('error', (error: NodeJS.ErrnoException) =>
      end({ success: false, message: `failed to connect to "${ip}:${port}": ${reasonOf(error)}` }),
    );
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': USER_AGENT,
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (error) => end({ success: false, message: error.message }));
    stream.on('end', () => {
      const status = readHealthStatus(Buffer.concat(chunks));
      end(
        status === SERVING
          ? { success: true, message: '' }
          : {
              success: false,
              message: `service unhealthy (responded with ${JSON.stringify(STATUS_NAMES[status] ?? String(status))})`,
            },
      );
    });
    stream.end(encodeHealthRequest(service ?? ''));
  });
}

const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** A gRPC message (`[0, length as u32 big endian]`) with field 1 as a string. */
function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Field 1 as an enum; absent is 0. */
function readHealthStatus(answer: Buffer): number {
  return answer.length >= 7 && answer[5] === 0x08 ? answer[6]! : 0;
}
