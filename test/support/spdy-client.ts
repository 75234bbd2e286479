/** A client's end of SPDY/3.1, as kubectl before 1.30 speaks it: for tests of the server's. */

import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  encodeControl,
  encodeDataHead,
  encodeWords,
  FLAG_FIN,
  PING,
  RST_STREAM,
  readFrames,
  SYN_REPLY,
  SYN_STREAM,
  streamIdOf,
} from '../../daemon/api/stream/spdy/frames.ts';
import { createHeaderDecoder, createHeaderEncoder } from '../../daemon/api/stream/spdy/headers.ts';

export interface ClientStream {
  id: number;
  /** All that came so far. */
  received(): Buffer;
  /** Resolves when the server ended it (true) or reset it (false). */
  readonly ended: Promise<boolean>;
  write(data: Buffer | string): void;
  end(): void;
}

export interface SpdyClient {
  readonly protocol: string;
  readonly transport: Duplex;
  /** Resolves when the server has replied. */
  open(headers: Record<string, string>): Promise<ClientStream>;
  ping(): Promise<void>;
}

/** POSTs an upgrade; rejects with the answer's code and body when it is refused. */
export function upgradeToSpdy(port: number, path: string, protocols: readonly string[]): Promise<SpdyClient> {
  return new Promise((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': [...protocols] };
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST', headers });
    asked.on('upgrade', (response, socket) =>
      resolve(speakSpdy(socket, String(response.headers['x-stream-protocol-version'] ?? ''))),
    );
    asked.on('response', (response) => {
      response.setEncoding('utf8').on('data', (body) => reject(new Error(`${response.statusCode} ${body}`)));
    });
    asked.on('error', reject);
    asked.end();
  });
}

export function speakSpdy(transport: Duplex, protocol = ''): SpdyClient {
  const encoder = createHeaderEncoder();
  const decoder = createHeaderDecoder();
  const streams = new Map<number, { chunks: Buffer[]; replied(): void; ended(whole: boolean): void }>();
  let pinged = () => {};
  let next = 1;
  const read = async () => {
    for await (const frame of readFrames(transport as AsyncIterable<Buffer>)) {
      if (frame.type === 'data') {
        streams.get(frame.stream)?.chunks.push(frame.piece);
        if (frame.fin) streams.get(frame.stream)?.ended(true);
      } else if (frame.kind === SYN_REPLY) {
        await decoder.decode(frame.body.subarray(4));
        streams.get(streamIdOf(frame.body))?.replied();
      } else if (frame.kind === RST_STREAM) streams.get(streamIdOf(frame.body))?.ended(false);
      else if (frame.kind === PING) pinged();
    }
  };
  transport.on('error', () => {});
  read().catch(() => {});
  return {
    protocol,
    transport,
    async open(headers) {
      const id = next;
      next += 2;
      const head = Buffer.alloc(10);
      head.writeUInt32BE(id);
      const block = await encoder.encode(new Map(Object.entries(headers)));
      const chunks: Buffer[] = [];
      const ended = Promise.withResolvers<boolean>();
      const replied = Promise.withResolvers<void>();
      streams.set(id, { chunks, replied: () => replied.resolve(), ended: ended.resolve });
      transport.write(encodeControl(SYN_STREAM, 0, Buffer.concat([head, block])));
      await replied.promise;
      return {
        id,
        received: () => Buffer.concat(chunks),
        ended: ended.promise,
        write: (data) => {
          const bytes = Buffer.from(data as string);
          transport.write(Buffer.concat([encodeDataHead(id, 0, bytes.length), bytes]));
        },
        end: () => void transport.write(encodeDataHead(id, FLAG_FIN, 0)),
      };
    },
    ping: () =>
      new Promise((resolve) => {
        pinged = resolve;
        transport.write(encodeWords(PING, 7));
      }),
  };
}
