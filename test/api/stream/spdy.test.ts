/** SPDY/3.1 as Kubernetes' older clients speak it: handshake, streams, exec's channels, and what hostile bytes do (nothing). */

import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { duplexPair } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { acceptChannels, type Channels } from '../../../daemon/api/stream/channels.ts';
import { type SpdyStream, serveSpdy } from '../../../daemon/api/stream/spdy/connection.ts';
import { encodeControl, encodeDataHead, SYN_STREAM } from '../../../daemon/api/stream/spdy/frames.ts';
import { createHeaderDecoder, createHeaderEncoder, DICTIONARY } from '../../../daemon/api/stream/spdy/headers.ts';
import { speakSpdy, upgradeToSpdy } from '../../support/spdy-client.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serveChannels(wanted: Parameters<typeof acceptChannels>[1], use: (channels: Channels) => void) {
  server = createServer();
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    Promise.resolve()
      .then(() => acceptChannels({ request, socket, head }, wanted))
      .then(use)
      .catch((error: Error) => {
        if (!socket.destroyed)
          socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${error.message.length}\r\n\r\n${error.message}`);
      });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('header blocks', () => {
  it('begin with the dictionary of the specification', () => {
    // Of the 1,423 bytes that draft-mbelshe-httpbis-spdy-00 lists in 2.6.10.1.
    expect(createHash('sha256').update(DICTIONARY).digest('hex')).toBe(
      '51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02',
    );
  });

  it('are one compressed stream a direction', async () => {
    const [encoder, decoder] = [createHeaderEncoder(), createHeaderDecoder()];
    const first = await encoder.encode(new Map([['streamType', 'data']]));
    const second = await encoder.encode(new Map([['streamType', 'data']]));
    expect(second.length).toBeLessThan(first.length);
    expect(Object.fromEntries(await decoder.decode(first))).toEqual({ streamtype: 'data' });
    expect(Object.fromEntries(await decoder.decode(second))).toEqual({ streamtype: 'data' });
  });

  it('that expand without end are refused', async () => {
    const block = await createHeaderEncoder().encode(new Map([['a', 'x'.repeat(1 << 20)]]));
    expect(block.length).toBeLessThan(4_096);
    await expect(createHeaderDecoder().decode(block)).rejects.toThrow('more than 16384 bytes');
  });
});

describe('streams', () => {
  it('carry bytes both ways, each its own, and end by halves', async () => {
    const [near, far] = duplexPair();
    serveSpdy(near, (stream: SpdyStream) => stream.pipe(stream));
    const client = speakSpdy(far);
    const [one, two] = [await client.open({ n: '1' }), await client.open({ n: '2' })];
    const sent = Buffer.alloc(1 << 20, 'reflet');
    one.write(sent);
    two.write('short');
    one.end();
    two.end();
    expect(await one.ended).toBe(true);
    expect(await two.ended).toBe(true);
    expect(one.received().equals(sent)).toBe(true);
    expect(two.received().toString()).toBe('short');
    await client.ping();
  });

  it.each([
    ['no SPDY at all', () => Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(9))],
    ['another version', () => Buffer.from('80020001000000000000', 'hex')],
    ['a control frame without end', () => Buffer.from('8003000100ffffff', 'hex')],
    ['a header block that is none', () => encodeControl(SYN_STREAM, 0, Buffer.alloc(40, 0xff))],
    ['a stream without a body', () => encodeControl(SYN_STREAM, 0, Buffer.alloc(2))],
  ])('%s ends the connection', async (_what, bytes) => {
    const [near, far] = duplexPair();
    const closed = new Promise<void>((resolve) => serveSpdy(near, () => {}).onClose(resolve));
    far.on('error', () => {});
    far.write(bytes());
    if (bytes()[0]! < 0x80) far.end();
    await closed;
  });

  it('data of a stream that was never opened is dropped', async () => {
    const [near, far] = duplexPair();
    serveSpdy(near, (stream) => stream.pipe(stream));
    const client = speakSpdy(far);
    far.write(Buffer.concat([encodeDataHead(99, 0, 3), Buffer.from('abc')]));
    await client.ping();
  });
});

describe('exec over SPDY', () => {
  const ALL = { stdin: true, stdout: true, stderr: true, tty: false };

  it('pairs the client’s streams and ends with a Status', async () => {
    const port = await serveChannels(ALL, (channels) => {
      channels.stdin.on('data', (data: Buffer) => channels.stdout.write(data));
      channels.stdin.on('end', () => {
        channels.stderr.write('done');
        channels.finish({ status: 'Failure', message: 'exit status 3' });
      });
    });
    const client = await upgradeToSpdy(port, '/exec', ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'channel.k8s.io']);
    expect(client.protocol).toBe('v4.channel.k8s.io');
    const open = (streamType: string) => client.open({ streamType });
    const [error, stdin, stdout, stderr] = [
      await open('error'),
      await open('stdin'),
      await open('stdout'),
      await open('stderr'),
    ];
    stdin.write('hello');
    stdin.end();
    expect(await error.ended).toBe(true);
    expect([await stdout.ended, await stderr.ended]).toEqual([true, true]);
    expect([stdout.received().toString(), stderr.received().toString()]).toEqual(['hello', 'done']);
    expect(JSON.parse(error.received().toString())).toEqual({ status: 'Failure', message: 'exit status 3' });
  });

  it('says an error as text to a client before version 4', async () => {
    const port = await serveChannels({ ...ALL, stdin: false, stderr: false }, (channels) =>
      channels.finish({ status: 'Failure', message: 'exit status 3' }),
    );
    const client = await upgradeToSpdy(port, '/exec', ['v2.channel.k8s.io']);
    const error = await client.open({ streamType: 'error' });
    await client.open({ streamType: 'stdout' });
    expect(await error.ended).toBe(true);
    expect(error.received().toString()).toBe('exit status 3');
  });

  it('reads terminal sizes', async () => {
    const sizes: unknown[] = [];
    const port = await serveChannels({ stdin: false, stdout: true, stderr: false, tty: true }, (channels) =>
      channels.onResize((size) => {
        sizes.push(size);
        channels.finish({ status: 'Success' });
      }),
    );
    const client = await upgradeToSpdy(port, '/exec', ['v4.channel.k8s.io']);
    const error = await client.open({ streamType: 'error' });
    await client.open({ streamType: 'stdout' });
    const resize = await client.open({ streamType: 'resize' });
    resize.write('{"Width":120,"Height":40}\n{"Width":1');
    expect(await error.ended).toBe(true);
    expect(sizes).toEqual([{ width: 120, height: 40 }]);
  });

  it('refuses what it does not speak, in the API server’s words', async () => {
    const port = await serveChannels(ALL, () => {});
    await expect(upgradeToSpdy(port, '/exec', ['v9.channel.k8s.io'])).rejects.toThrow(
      '403 unable to upgrade: unable to negotiate protocol: client supports [v9.channel.k8s.io], server accepts [v4.channel.k8s.io',
    );
  });
});
