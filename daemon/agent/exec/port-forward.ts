/**
 * Connections to pods: port-forward to what listens inside (in the kubelet's words when nothing does), and from the node to a pod's address.
 */

import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { internalError } from '../../base/status.ts';
import { DialError, type NamespaceDialer } from './namespace-dialer.ts';

const WORDS: Record<string, string> = { ECONNREFUSED: 'connection refused', ETIMEDOUT: 'i/o timeout' };

/** To the pod's loopback. Rejects with the kubelet's words when nothing listens. */
export async function connectInside(dialer: NamespaceDialer, netnsPath: string, port: number): Promise<Duplex> {
  try {
    return await dialer.connect(netnsPath, port);
  } catch (error) {
    throw error instanceof DialError ? failure(port, error.code) : error;
  }
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
