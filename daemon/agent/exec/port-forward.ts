/**
 * A connection to a port on the pod's own loopback address, as the kubelet makes it: programs that listen on 127.0.0.1 only are reached too.
 * A socket cannot be opened in another network namespace from here, so a small helper process carries the bytes; one a connection, made by
 * people only.
 */

import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { start } from '../../base/process.ts';
import { internalError } from '../../base/status.ts';

/** Descriptor on which the helper says `ok`, or why it could not connect. */
const STATUS_DESCRIPTOR = 3;
const STATUS_BYTES_MAX = 1024;

const HELPER = `
const { createWriteStream } = require('node:fs');
const { connect } = require('node:net');
const status = createWriteStream(null, { fd: ${STATUS_DESCRIPTOR} });
const hosts = ['127.0.0.1', '::1'];
const attempt = (index, problem) => {
  if (index === hosts.length) return status.end(problem, () => process.exit(1));
  const socket = connect({ host: hosts[index], port: Number(process.argv[1]), allowHalfOpen: true });
  socket.once('error', (error) => attempt(index + 1, problem || error.code));
  socket.once('connect', () => {
    socket.removeAllListeners('error');
    socket.on('error', () => process.exit(1));
    status.end('ok');
    process.stdout.on('error', () => process.exit(0));
    process.stdin.pipe(socket);
    socket.pipe(process.stdout);
    socket.on('close', () => process.exit(0));
  });
};
attempt(0, '');
`;

const WORDS: Record<string, string> = { ECONNREFUSED: 'connection refused', ETIMEDOUT: 'i/o timeout' };

/** Rejects with the kubelet's words when nothing listens. */
export async function connectInside(netnsPath: string, port: number): Promise<Duplex> {
  const args = [`--net=${netnsPath}`, process.execPath, '-e', HELPER, String(port)];
  const child = start('nsenter', args, { stdio: ['pipe', 'pipe', 'ignore', 'pipe'] });
  const problem = await readStatus(child);
  if (problem !== 'ok') {
    child.kill('SIGKILL');
    throw failure(port, problem);
  }
  return joinStreams(child);
}

/** For a pod in the host's network. */
export function connectOnHost(host: string, port: number): Promise<Duplex> {
  return open(host, port, (problem) => failure(port, problem));
}

/** From the node to a pod, in the words of Go's dialer. */
export function dial(address: string, port: number): Promise<Duplex> {
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return open(address, port, (problem) => new Error(`dial tcp ${place}: connect: ${WORDS[problem] ?? problem}`));
}

function open(host: string, port: number, failureOf: (problem: string) => Error): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => reject(failureOf(error.code ?? error.message)));
  });
}

function failure(port: number, problem: string): Error {
  const why = WORDS[problem] ?? (problem || 'the network namespace is gone');
  return internalError(
    new Error(`failed to connect to localhost:${port} inside namespace: dial tcp 127.0.0.1:${port}: connect: ${why}`),
  );
}

async function readStatus(child: ChildProcess): Promise<string> {
  let text = '';
  child.once('error', () => {}); // no nsenter: the status stays empty
  try {
    for await (const chunk of child.stdio[STATUS_DESCRIPTOR] as Readable) {
      text += String(chunk);
      if (text.length > STATUS_BYTES_MAX) break;
    }
  } catch {
    // the helper died: what it said so far is all there is
  }
  return text;
}

function joinStreams(child: ChildProcess): Duplex {
  const [writable, readable] = [child.stdin as Writable, child.stdout as Readable];
  const joined = Duplex.from({ readable, writable });
  joined.once('close', () => child.kill('SIGKILL'));
  return joined;
}
