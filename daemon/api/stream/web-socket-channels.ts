/**
 * exec and attach over WebSocket: channel 0 is standard input, 1 standard output, 2 standard error, 3 the final Status, 4 terminal sizes.
 */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Channels, encodeFinalStatus, readTerminalSize, type WantedChannels } from './channels.ts';
import { acceptWebSocket, openChannelSocket } from './web-socket.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;

/** From version 4 on the end is a Status; `''`: a client that names none speaks the first one. */
const STRUCTURED = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];
const PROTOCOLS = [...STRUCTURED, 'channel.k8s.io', 'base64.channel.k8s.io', ''];

export async function acceptWebSocketChannels(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  wanted: WantedChannels,
): Promise<Channels> {
  const accepted = await acceptWebSocket(request, socket, head, PROTOCOLS);
  const channels = openChannelSocket(accepted);
  const stdout = channels.output(STDOUT);
  const stderr = channels.output(STDERR);
  const sizes = channels.input(RESIZE);
  const stdin = channels.input(STDIN);
  // As the API server does: an empty message tells the client that the session is there.
  channels.output(wanted.stdout ? STDOUT : wanted.stderr ? STDERR : ERROR).write(Buffer.alloc(0));
  return {
    stdin,
    stdout,
    stderr,
    onResize(listener) {
      // One message is one size.
      sizes.on('data', (message: Buffer) => {
        const size = readTerminalSize(message.toString('utf8'));
        if (size) listener(size);
      });
    },
    onClose: channels.onClose,
    finish: (status) => channels.endWith(ERROR, encodeFinalStatus(status, STRUCTURED.includes(accepted.protocol))),
  };
}
