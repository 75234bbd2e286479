/**
 * The gRPC probe: `grpc.health.v1.Health/Check` (the gRPC health checking protocol), over HTTP/2 without TLS, by hand: one call, one small message
 * each way.
 */

import { connect, constants } from 'node:http2';
import type { GRPCAction } from '../../kinds/types.generated.ts';
import { joinHostPort, type ProbeOutcome, reasonOf } from './outcome.ts';

const SERVING = 1;
const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
/** gRPC status codes. */
const OK = 0;
const UNIMPLEMENTED = 12;
/** A health answer is 2 bytes behind a header of 5. */
const ANSWER_BYTES_MAX = 4096;

export function attemptGrpc(
  { port, service }: Readonly<GRPCAction>,
  ip: string,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const address = joinHostPort(ip, port);
  return new Promise((resolve) => {
    let connected = false;
    const session = connect(`http://${address}`);
    const end = (message: string | undefined) => {
      clearTimeout(deadline);
      session.destroy();
      resolve(message === undefined ? { success: true, message: '' } : { success: false, message });
    };
    const deadline = setTimeout(() => {
      const seconds = `${timeoutMs / 1000}s`;
      end(
        connected
          ? `timeout: health rpc did not complete within ${seconds}`
          : `timeout: failed to connect service ${JSON.stringify(address)} within ${seconds}`,
      );
    }, timeoutMs);
    session.once('connect', () => {
      connected = true;
    });
    session.on('error', (error: NodeJS.ErrnoException) =>
      end(`error: failed to connect service at ${JSON.stringify(address)}: ${reasonOf(error)}`),
    );
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/1.32',
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status: GrpcStatus | undefined;
    const readStatus = (headers: Record<string, unknown>) => {
      status ??= statusOf(headers);
    };
    stream.on('response', readStatus);
    stream.on('trailers', readStatus);
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= ANSWER_BYTES_MAX) chunks.push(chunk);
    });
    // Without a connection the session says why.
    stream.on('error', (error) => connected && end(`error: health rpc failed: ${error.message}`));
    // Trailers come after the last byte, but before the stream closes.
    stream.on('close', () => connected && end(judge(status, Buffer.concat(chunks))));
    stream.end(encodeHealthRequest(service ?? ''));
  });
}

interface GrpcStatus {
  code: number;
  message: string;
}

/** Undefined while no status was sent. */
function statusOf(headers: Record<string, unknown>): GrpcStatus | undefined {
  const http = headers[':status'];
  const code = headers['grpc-status'];
  if (http !== undefined && http !== 200)
    return { code: UNIMPLEMENTED, message: `unexpected HTTP status code received from server: ${http}` };
  return code === undefined ? undefined : { code: Number(code), message: String(headers['grpc-message'] ?? '') };
}

/** Why the service is not healthy; undefined when it is. */
function judge(status: GrpcStatus | undefined, answer: Buffer): string | undefined {
  if (status?.code === UNIMPLEMENTED)
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${status.message}`;
  if (status !== undefined && status.code !== OK)
    return `error: health rpc failed: rpc error: code = ${status.code} desc = ${status.message}`;
  if (answer.length < 5) return 'error: health rpc failed: the server ended the call without an answer';
  const serving = readHealthStatus(answer);
  if (serving === SERVING) return undefined;
  return `service unhealthy (responded with ${JSON.stringify(STATUS_NAMES[serving] ?? String(serving))})`;
}

/** A gRPC message (`[0, length as u32 big endian]`) with the service's name as field 1. */
function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...encodeVarint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function encodeVarint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

/** Field 1 as an enum; absent is 0. */
function readHealthStatus(answer: Buffer): number {
  return answer.length >= 7 && answer[5] === 0x08 ? answer[6]! : 0;
}
