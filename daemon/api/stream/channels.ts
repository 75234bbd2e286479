/**
 * The streams of an exec or attach session, whatever carries them: WebSocket messages or SPDY streams. Contract, and what both share.
 */

import type { Readable, Writable } from 'node:stream';
import type { TerminalSize } from '../../client/node-service.ts';
import type { UpgradeCall } from '../http/server.ts';
import { asksForSpdy } from './spdy/upgrade.ts';
import { acceptSpdyChannels } from './spdy-channels.ts';
import { acceptWebSocketChannels } from './web-socket-channels.ts';

/** What the request asks for (`stdin=true&…`). */
export interface WantedChannels {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

export interface Channels {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  onResize(listener: (size: TerminalSize) => void): void;
  /** Called at once when it is over already: it may be before the node has begun the session, and nobody else would ever end that. */
  onClose(listener: () => void): void;
  /** Sends the final Status and ends the connection. */
  finish(status: FinalStatus): void;
}

export interface FinalStatus {
  status?: string;
  message?: string;
  [field: string]: unknown;
}

/** Completes the handshake. Throws 400 or 403 when the client offers no protocol that is served. */
export function acceptChannels(
  { request, socket, head }: Pick<UpgradeCall, 'request' | 'socket' | 'head'>,
  wanted: WantedChannels,
): Promise<Channels> {
  return asksForSpdy(request)
    ? acceptSpdyChannels(request, socket, head, wanted)
    : acceptWebSocketChannels(request, socket, head, wanted);
}

/** Before version 4 of the protocol an error was its text, and success was silence. */
export function encodeFinalStatus(status: FinalStatus, isStructured: boolean): Buffer {
  if (isStructured) return Buffer.from(JSON.stringify(status));
  return Buffer.from(status.status === 'Success' ? '' : (status.message ?? ''));
}

/** `{"Width":80,"Height":24}`; undefined for what cannot be read: it changes nothing. */
export function readTerminalSize(text: string): TerminalSize | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(text) as { Width: number; Height: number };
    const sane = (value: number) => Number.isInteger(value) && value > 0 && value < 65_536;
    return sane(width) && sane(height) ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}
