/** The channel protocol's connection: who goes away before the session has begun is noticed all the same. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { acceptChannels, type Channels } from '../../../daemon/api/stream/channels.ts';

it('tells of a close that came before anybody asked', async () => {
  const server = createServer();
  const accepted = new Promise<Channels>((resolve, reject) => {
    server.on('upgrade', (request, socket, head) =>
      acceptChannels({ request, socket, head }, { stdin: true, stdout: true, stderr: false, tty: false }).then(
        resolve,
        reject,
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, ['v5.channel.k8s.io']);
  client.on('error', () => {});
  const channels = await accepted;
  client.terminate();
  channels.stdin.resume();
  await expect.poll(() => channels.stdin.readableEnded).toBe(true);
  let closes = 0;
  channels.onClose(() => closes++);
  expect(closes).toBe(1);
  channels.finish({ status: 'Success' }); // to nobody, and without harm
  server.close();
});
