/**
 * A load generator that costs less than what it measures: TLS connections that send one fixed request again when its whole answer has come.
 * Answers are known to be equally long; the first of each connection is kept, so that the caller can look at it.
 */

import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { Credentials } from './control-plane-process.ts';

/** Without a certificate for whoever shows a token. */
export type ConnectCredentials = Pick<Credentials, 'certificateAuthority'> & Partial<Credentials>;

export function connectTls(port: number, credentials: ConnectCredentials): Promise<TLSSocket> {
  const { certificateAuthority, certificate, key } = credentials;
  const socket = connect({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    ca: certificateAuthority,
    cert: certificate,
    key,
  });
  socket.setNoDelay(true);
  return once(socket, 'secureConnect').then(() => socket);
}

/** `token`: of a connection without a certificate. */
export const getRequest = (path: string, token?: string) => {
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n${authorization}\r\n`;
};

export interface LoadResult {
  perSecond: number;
  /** The first answer, head and body. */
  answer: string;
}

export async function load(sockets: readonly TLSSocket[], request: string, durationMs: number): Promise<LoadResult> {
  const answer = await firstAnswer(sockets[0]!, request);
  const length = Buffer.byteLength(answer);
  let done = 0;
  const began = performance.now();
  const loop = (socket: TLSSocket) =>
    new Promise<void>((resolve, reject) => {
      let received = 0;
      const onData = (chunk: Buffer) => {
        received += chunk.length;
        if (received < length) return;
        if (received > length) reject(new Error(`an answer was ${received} bytes long, the first one ${length}`));
        received = 0;
        done++;
        if (performance.now() - began < durationMs) socket.write(request);
        else {
          socket.off('data', onData);
          resolve();
        }
      };
      socket.on('data', onData);
      socket.once('close', () => reject(new Error('the server closed a connection')));
      socket.write(request);
    });
  await Promise.all(sockets.map(loop));
  for (const socket of sockets) socket.removeAllListeners('close');
  return { perSecond: (done / (performance.now() - began)) * 1000, answer };
}

function firstAnswer(socket: TLSSocket, request: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (head < 0 || text.length < head + 4 + length) return;
      socket.off('data', onData);
      resolve(text);
    };
    socket.on('data', onData);
    socket.write(request);
  });
}
