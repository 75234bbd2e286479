/** A remote as a forge is one: a bare repository behind git http-backend, TLS and a password. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPki } from '../../../daemon/auth/pki.ts';
import { systemClock } from '../../../daemon/base/clock.ts';
import { run, start } from '../../../daemon/base/process.ts';
import { type Clone, createClone } from './world.ts';

export const PASSWORD = 'correct-horse-battery';

export interface TestRemote {
  readonly url: string;
  readonly port: number;
  /** The bare repository behind it. */
  readonly gitDir: string;
  /** PEM of who signed its certificate. */
  readonly authority: string;
  /** Requests that were answered, with the `Authorization` header that each carried. */
  readonly requests: { path: string; authorization: string | undefined }[];
  /** Hangs up on everybody. Its port stays taken: somebody else might get it meanwhile. */
  isPaused: boolean;
  /** Answers instead of git when it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** As git answers, password or not. */
  serve(request: IncomingMessage, response: ServerResponse): void;
  /** A person's clone, over the file system. */
  clone(name: string): Promise<Clone>;
  hook(name: string, script: string): Promise<void>;
  tip(branch?: string): Promise<string>;
  git(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

export async function startRemote(): Promise<TestRemote> {
  const folder = await mkdtemp(join(tmpdir(), 'reflet-remote-'));
  const gitDir = join(folder, 'desired.git');
  await run('git', ['init', '-q', '--bare', '--initial-branch=main', gitDir]);
  await run('git', ['-C', gitDir, 'config', 'http.receivepack', 'true']);
  const pki = await openPki(join(folder, 'pki'), ['localhost'], systemClock);
  const requests: TestRemote['requests'] = [];
  const remote: TestRemote = {
    url: '',
    port: 0,
    gitDir,
    authority: pki.caCertificate,
    requests,
    isPaused: false,
    intercept: () => false,
    serve: (request, response) => serve(folder, request, response),
    clone: (name) => createClone(join(folder, name), gitDir),
    async hook(name, script) {
      await mkdir(join(gitDir, 'hooks'), { recursive: true });
      await writeFile(join(gitDir, 'hooks', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    tip: (branch = 'main') => remote.git('rev-parse', branch),
    async git(...args) {
      const { exitCode, stdout, stderr } = await run('git', ['-C', gitDir, ...args]);
      if (exitCode !== 0) throw new Error(stderr);
      return stdout.trim();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
  const server = await listen(remote, folder, pki.server);
  const { port } = server.address() as AddressInfo;
  return Object.assign(remote, { port, url: `https://localhost:${port}/desired.git` });
}

function listen(remote: TestRemote, root: string, pair: { certificate: string; key: string }): Promise<Server> {
  const server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    if (remote.isPaused) return void request.socket.destroy();
    const { authorization } = request.headers;
    remote.requests.push({ path: request.url ?? '', authorization });
    if (remote.intercept(request, response)) return;
    const given = Buffer.from((authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    if (given.slice(given.indexOf(':') + 1) === PASSWORD) serve(root, request, response);
    else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const child = start('git', ['http-backend'], {
    env: {
      PATH: '/usr/bin:/bin',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? '',
      REMOTE_USER: 'reflet',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      ...(request.headers['content-encoding'] ? { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] } : {}),
      ...(request.headers['git-protocol'] ? { HTTP_GIT_PROTOCOL: String(request.headers['git-protocol']) } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin!).on('error', () => {});
  const chunks: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    const whole = Buffer.concat(chunks);
    const end = whole.indexOf('\r\n\r\n');
    const headers = whole
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string]);
    const status = Number.parseInt(headers.find(([name]) => name === 'Status')?.[1] ?? '200', 10);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
    response.end(whole.subarray(end + 4));
  });
}
