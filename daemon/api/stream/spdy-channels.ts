/**
 * exec and attach over SPDY/3.1 (kubectl before 1.30, and clients of its time): the client opens one stream for each channel and names it in the
 * header `streamtype` (`k8s.io/kubelet/pkg/cri/streaming/remotecommand`).
 */

import type { IncomingMessage } from 'node:http';
import { type Duplex, PassThrough, type Writable } from 'node:stream';
import { type Channels, encodeFinalStatus, readTerminalSize, type WantedChannels } from './channels.ts';
import { type SpdyConnection, type SpdyStream, serveSpdy } from './spdy/connection.ts';
import { acceptSpdy } from './spdy/upgrade.ts';

const STRUCTURED = 'v4.channel.k8s.io';
const PROTOCOLS = [STRUCTURED, 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io', ''];
/** Versions in which a terminal has a stream for its sizes. */
const RESIZABLE: ReadonlySet<string> = new Set([STRUCTURED, 'v3.channel.k8s.io']);
/** The client opens its streams right after the handshake (`DefaultStreamCreationTimeout`). */
const STREAMS_MS_MAX = 30_000;
/** A line of the resize stream is some 30 bytes. */
const SIZE_BYTES_MAX = 1024;

/** Resolves when the client has opened every stream that it asked for; rejects when it does not in time. */
export async function acceptSpdyChannels(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  wanted: WantedChannels,
): Promise<Channels> {
  const protocol = acceptSpdy(request, socket, head, PROTOCOLS);
  const { connection, streams } = await openStreams(socket, expectedTypes(wanted, protocol));
  const error = streams.get('error')!;
  return {
    stdin: streams.get('stdin') ?? new PassThrough(),
    stdout: streams.get('stdout') ?? nowhere(),
    stderr: streams.get('stderr') ?? nowhere(),
    onResize: (listener) => readSizes(streams.get('resize'), listener),
    onClose: connection.onClose,
    finish(status) {
      for (const name of ['stdout', 'stderr']) streams.get(name)?.end();
      error.end(encodeFinalStatus(status, protocol === STRUCTURED), () => connection.end());
    },
  };
}

function expectedTypes({ stdin, stdout, stderr, tty }: WantedChannels, protocol: string): string[] {
  return [
    'error',
    ...(stdin ? ['stdin'] : []),
    ...(stdout ? ['stdout'] : []),
    ...(stderr && !tty ? ['stderr'] : []),
    ...(tty && RESIZABLE.has(protocol) ? ['resize'] : []),
  ];
}

function openStreams(
  socket: Duplex,
  expected: readonly string[],
): Promise<{ connection: SpdyConnection; streams: Map<string, SpdyStream> }> {
  const streams = new Map<string, SpdyStream>();
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Error(`exec over SPDY: ${why}`));
    };
    const timer = setTimeout(() => fail('timed out waiting for the client to create its streams'), STREAMS_MS_MAX);
    const connection = serveSpdy(socket, (stream) => {
      const type = stream.headers.get('streamtype') ?? '';
      if (!expected.includes(type) || streams.has(type)) return fail(`unexpected stream type ${JSON.stringify(type)}`);
      streams.set(type, stream);
      if (streams.size < expected.length) return;
      clearTimeout(timer);
      resolve({ connection, streams });
    });
    connection.onClose(() => fail('the client went away'));
  });
}

/** What nobody asked to see. */
function nowhere(): Writable {
  return new PassThrough().resume();
}

/** JSON values, a line each. */
function readSizes(stream: SpdyStream | undefined, listener: Parameters<Channels['onResize']>[0]): void {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    const lines = (text + chunk.toString('utf8')).split('\n');
    text = lines.pop()!.slice(-SIZE_BYTES_MAX);
    for (const size of lines.map(readTerminalSize)) if (size) listener(size);
  });
}
