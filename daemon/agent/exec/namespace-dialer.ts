/**
 * Connections to a port on the pod's own loopback address, as the kubelet makes them: programs that listen on 127.0.0.1 only are reached too.
 * A socket cannot be opened in another network namespace from here, so a small helper inside it carries the bytes, one for all connections of a pod:
 * it listens on a Unix socket, which no network namespace hides.
 *
 * Invariants: a helper ends by itself when it has had no connection for a while, and with this process whatever ends that; only root reaches its socket.
 */

import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { start } from '../../base/process.ts';

/** As long as a pod's network outlives it at most for a forgotten helper's sake. */
const IDLE_MS_MAX = 10_000;
/** `ok`, or an error's code. */
const ANSWER_BYTES_MAX = 64;

/**
 * Arguments: its socket, how long it stays without a connection. Says that it listens on standard output. A connection begins with its port (two
 * bytes, the high one first) and is answered by a line.
 */
const HELPER = `
const { rmSync } = require('node:fs');
const { connect, createServer } = require('node:net');
const { dirname } = require('node:path');
const [path, idleMs] = process.argv.slice(1);
let connections = 0;
let timer;
const rest = () => { timer = setTimeout(() => process.exit(0), Number(idleMs)); };
const dial = (client, port, hosts, problem) => {
  const [host, ...others] = hosts;
  if (!host) return client.end(problem + '\\n');
  const socket = connect({ host, port, allowHalfOpen: true });
  const failed = (error) => dial(client, port, others, problem || error.code);
  socket.once('error', failed);
  socket.once('connect', () => {
    socket.off('error', failed);
    socket.on('error', () => client.destroy());
    client.on('error', () => socket.destroy());
    client.on('close', () => socket.destroy());
    client.write('ok\\n');
    client.pipe(socket);
    socket.pipe(client);
  });
};
const begin = (client) => {
  const port = client.read(2);
  if (port === null) return client.once('readable', () => begin(client));
  dial(client, port.readUInt16BE(), ['127.0.0.1', '::1'], '');
};
createServer({ allowHalfOpen: true }, (client) => {
  connections += 1;
  clearTimeout(timer);
  client.on('error', () => {});
  client.on('close', () => { if (--connections === 0) rest(); });
  client.once('readable', () => begin(client));
}).listen(path, () => { process.stdout.write('ready'); rest(); });
process.stdin.resume().on('close', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.on('exit', () => rmSync(dirname(path), { recursive: true, force: true }));
`;

/** Why a connection failed: the code of the socket's error, or nothing when there is no such network any more. */
export class DialError extends Error {
  override name = 'DialError';
  readonly code: string;
  constructor(code: string) {
    super(`the connection failed: ${code || 'no such network'}`);
    this.code = code;
  }
}

export interface NamespaceDialer {
  /** To 127.0.0.1 or ::1 in the network namespace. Rejects with {@link DialError}. */
  connect(netnsPath: string, port: number): Promise<Duplex>;
  close(): void;
}

interface Helper {
  child: ChildProcess;
  socketPath: string;
}

export function createNamespaceDialer(): NamespaceDialer {
  const helpers = new Map<string, Promise<Helper>>();
  const begin = (netnsPath: string): Promise<Helper> => {
    const helper = startHelper(netnsPath);
    const forget = () => helpers.get(netnsPath) === helper && helpers.delete(netnsPath);
    helper.then(({ child }) => child.once('close', forget), forget);
    helpers.set(netnsPath, helper);
    return helper;
  };
  return {
    async connect(netnsPath, port) {
      const known = helpers.get(netnsPath);
      try {
        return await dialThrough(await (known ?? begin(netnsPath)), port);
      } catch (error) {
        // One that was there may have gone to rest at this very moment.
        if (!known || !(error instanceof DialError) || error.code !== '') throw error;
        if (helpers.get(netnsPath) === known) helpers.delete(netnsPath);
        return dialThrough(await (helpers.get(netnsPath) ?? begin(netnsPath)), port);
      }
    },
    close() {
      for (const helper of helpers.values())
        void helper.then(
          ({ child }) => child.kill('SIGTERM'),
          () => {},
        );
      helpers.clear();
    },
  };
}

async function startHelper(netnsPath: string): Promise<Helper> {
  const directory = await mkdtemp(join(tmpdir(), 'reflet-forward-'));
  const socketPath = join(directory, 'socket');
  const args = [`--net=${netnsPath}`, process.execPath, '-e', HELPER, socketPath, String(IDLE_MS_MAX)];
  const child = start('nsenter', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin?.on('error', () => {});
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve({ child, socketPath }));
    const failed = () => void rm(directory, { recursive: true, force: true }).then(() => reject(new DialError('')));
    child.once('error', failed);
    child.once('close', failed);
  });
}

function dialThrough({ socketPath }: Helper, port: number): Promise<Duplex> {
  const socket = connect({ path: socketPath, allowHalfOpen: true });
  socket.write(Buffer.from([port >> 8, port & 0xff]));
  return new Promise((resolve, reject) => {
    const fail = (code: string) => {
      socket.destroy();
      reject(new DialError(code));
    };
    const gone = () => fail('');
    socket.once('error', gone).once('close', gone);
    readLine(socket, (line) => {
      socket.off('error', gone).off('close', gone);
      if (line === 'ok') resolve(socket);
      else fail(line);
    });
  });
}

/** The first line; what comes behind it stays to be read. */
function readLine(socket: Socket, take: (line: string) => void): void {
  let text = Buffer.alloc(0);
  const read = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    text = Buffer.concat([text, chunk]);
    const end = text.indexOf('\n');
    if (end < 0 && text.length < ANSWER_BYTES_MAX) return;
    socket.off('readable', read);
    if (end + 1 < text.length) socket.unshift(text.subarray(end + 1));
    take(text.toString('latin1', 0, Math.max(end, 0)));
  };
  socket.on('readable', read);
}
