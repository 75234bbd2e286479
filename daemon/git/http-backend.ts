/**
 * Smart HTTP for the repository: `git http-backend` run as CGI, streaming both ways (protocol v2 too). Mounted by the API server, which has
 * authenticated before; only the three smart paths are served, never a file of the repository.
 *
 * Rights: fetching needs the verb `get` on `/git/desired.git` (everything in the repository can be read then); pushing needs to be a person or to
 * have `update` on it, and what the push may change is judged object by object (`judge.ts`) and ref by ref (`hooks/ref-policy.ts`).
 * A push is bounded in processor time, memory and file size by what git and the kernel offer.
 */

import type { ChildProcess } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import { ANONYMOUS } from '../auth/authenticate.ts';
import { type Authorizer, isPerson, type UserInfo } from '../auth/user.ts';
import type { Ids } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { minimalEnvironment, start } from '../base/process.ts';
import { REPOSITORY_PATH, refuseRepository } from './authorize-push.ts';
import { ISOLATION, settingsAsEnvironment } from './git-command.ts';
import { PUSH_ID_VARIABLE } from './hooks/program.ts';
import type { HookSessions } from './hooks/sessions.ts';
import {
  HTTP_GIT_CONCURRENT_MAX,
  HTTP_GIT_MS_MAX,
  PUSH_BYTES_MAX,
  RECEIVE_ALLOCATION_MAX,
  RECEIVE_CPU_SECONDS_MAX,
  RECEIVE_FILE_BYTES_MAX,
} from './limits.ts';
import type { Repository } from './repository.ts';

export interface HttpBackendOptions {
  repository: Repository;
  sessions: HookSessions;
  authorizer: Authorizer;
  ids: Ids;
  log: Logger;
  /** Resolves when all that was acknowledged is in the repository, so that a fetch shows it. */
  settled(): Promise<void>;
}

export interface HttpBackend {
  /** Answers a request whose path begins with {@link REPOSITORY_PATH}. Never throws; the response is always ended. */
  handleGitHttp(request: IncomingMessage, response: ServerResponse, user: UserInfo): Promise<void>;
  /** Ends what is still running. */
  close(): void;
}

interface GitCall {
  /** Below the mount: `/info/refs`, `/git-upload-pack`, `/git-receive-pack`. */
  path: string;
  query: string;
  service: 'git-upload-pack' | 'git-receive-pack';
}

export function createHttpBackend(options: HttpBackendOptions): HttpBackend {
  const running = new Set<ChildProcess>();
  return {
    async handleGitHttp(request, response, user) {
      try {
        await handle(options, running, request, response, user);
      } catch (error) {
        options.log.error({ error: String(error) }, 'a git request failed');
        answer(response, 500, 'reflet: internal error; see its log');
      }
    },
    close() {
      for (const child of running) child.kill('SIGTERM');
    },
  };
}

async function handle(
  options: HttpBackendOptions,
  running: Set<ChildProcess>,
  request: IncomingMessage,
  response: ServerResponse,
  user: UserInfo,
): Promise<void> {
  const call = parseCall(request);
  if (!call) return answer(response, 404, 'reflet: only git clients speak here; use git clone or git push');
  const refused = refuseCall(options.authorizer, user, call);
  if (refused && user.username === ANONYMOUS.username) {
    // git sends the credentials of its URL or helper only when it is asked for them.
    response.setHeader('WWW-Authenticate', 'Basic realm="reflet"');
    return answer(response, 401, `reflet: log in with a token as password: ${refused}`);
  }
  if (refused) return answer(response, 403, refused);
  if (running.size >= HTTP_GIT_CONCURRENT_MAX) {
    response.setHeader('Retry-After', '1');
    return answer(response, 429, 'reflet: too many fetches and pushes at this moment; try again');
  }
  await options.settled();
  const pushId = options.ids.uid();
  const closePush = options.sessions.openPush(pushId, user);
  const child = start('/bin/sh', ['-c', call.service === 'git-receive-pack' ? BOUNDED : UNBOUNDED], {
    cwd: '/',
    env: cgiEnvironment(options.repository, request, call, user, pushId),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  try {
    await relay(child, request, response, options.log);
  } finally {
    running.delete(child);
    closePush();
  }
}

const UNBOUNDED = 'exec git http-backend';
/** Size on the wire says nothing about what a pack becomes: processor time and files are bounded by the kernel, memory by git itself. */
const BOUNDED = `ulimit -t ${RECEIVE_CPU_SECONDS_MAX} && ulimit -f ${RECEIVE_FILE_BYTES_MAX / 512} && ${UNBOUNDED}`;

function parseCall(request: IncomingMessage): GitCall | undefined {
  const [target = '', query = ''] = (request.url ?? '').split('?', 2);
  if (!target.startsWith(`${REPOSITORY_PATH}/`)) return undefined;
  const path = target.slice(REPOSITORY_PATH.length);
  if (path === '/info/refs' && request.method === 'GET') {
    const service = /^service=(git-upload-pack|git-receive-pack)$/.exec(query)?.[1];
    return service ? { path, query, service: service as GitCall['service'] } : undefined;
  }
  if (request.method !== 'POST' || query !== '') return undefined;
  if (path === '/git-upload-pack') return { path, query, service: 'git-upload-pack' };
  if (path === '/git-receive-pack') return { path, query, service: 'git-receive-pack' };
  return undefined;
}

function refuseCall(authorizer: Authorizer, user: UserInfo, { service }: GitCall): string | undefined {
  const verb = service === 'git-upload-pack' ? 'get' : 'update';
  if (verb === 'update' && isPerson(user)) return undefined;
  return refuseRepository(authorizer, user, verb);
}

function cgiEnvironment(
  { gitDir }: Repository,
  request: IncomingMessage,
  { path, query, service }: GitCall,
  user: UserInfo,
  pushId: string,
): Record<string, string> {
  const { headers } = request;
  const header = (name: string, pattern: RegExp): string => {
    const value = headers[name];
    return typeof value === 'string' && pattern.test(value) ? value : '';
  };
  const isPush = service === 'git-receive-pack';
  return minimalEnvironment({
    ...ISOLATION,
    ...settingsAsEnvironment({
      'safe.directory': '*',
      'http.receivepack': 'true',
      'http.uploadpack': 'true',
      // What is allocated is bounded for each thread.
      ...(isPush ? { 'pack.threads': '1' } : {}),
    }),
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROJECT_ROOT: dirname(gitDir),
    PATH_INFO: `/${basename(gitDir)}${path}`,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? '',
    CONTENT_TYPE: header('content-type', /^[\w./+-]{1,100}$/),
    CONTENT_LENGTH: header('content-length', /^\d{1,12}$/),
    HTTP_CONTENT_ENCODING: header('content-encoding', /^[\w-]{1,20}$/),
    GIT_PROTOCOL: header('git-protocol', /^[\w=:.-]{1,100}$/),
    REMOTE_USER: user.username,
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    [PUSH_ID_VARIABLE]: pushId,
    ...(isPush ? { GIT_ALLOC_LIMIT: RECEIVE_ALLOCATION_MAX } : {}),
  });
}

/** Streams request → child → response. Resolves when the response is ended. */
function relay(child: ChildProcess, request: IncomingMessage, response: ServerResponse, log: Logger): Promise<void> {
  return new Promise((resolve) => {
    let sent = 0;
    let stderr = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), HTTP_GIT_MS_MAX);
    request.on('data', (chunk: Buffer) => {
      sent += chunk.length;
      if (sent > PUSH_BYTES_MAX * 2) request.destroy();
    });
    request.pipe(child.stdin!);
    child.stdin!.on('error', () => {}); // it may end before it has read all
    child.stderr!.on('data', (chunk: Buffer) => {
      if (stderr.length < 8_192) stderr += chunk.toString('utf8');
    });
    const parser = relayAnswer(child, response);
    child.on('error', (error) => {
      stderr += error.message;
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code !== 0) log.debug({ code, stderr: stderr.trim() }, 'git http-backend');
      if (!parser.headersSent()) answer(response, 500, 'reflet: git could not answer; see its log');
      else response.end();
      resolve();
    });
    // A client that is gone takes its own git with it; what was admitted and moved is published all the same.
    response.on('close', () => {
      if (response.writableFinished) return;
      child.kill('SIGTERM');
      child.stdout!.resume(); // paused for a reader that is gone, it would never end, nor would this call
    });
  });
}

const HEADERS_END = '\r\n\r\n';
const CGI_HEADER_BYTES_MAX = 16_384; // http-backend sends a handful of short ones

/** The CGI answer: header lines, an empty line, then the body as it comes. */
function relayAnswer(child: ChildProcess, response: ServerResponse): { headersSent(): boolean } {
  let head: Buffer | undefined = Buffer.alloc(0);
  const stdout = child.stdout!;
  stdout.on('data', (chunk: Buffer) => {
    if (head) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(HEADERS_END);
      if (end < 0) {
        if (head.length > CGI_HEADER_BYTES_MAX) child.kill('SIGKILL');
        return;
      }
      writeHead(response, head.toString('latin1', 0, end));
      chunk = head.subarray(end + HEADERS_END.length);
      head = undefined;
    }
    if (chunk.length > 0 && !response.destroyed && !response.write(chunk)) {
      stdout.pause();
      response.once('drain', () => stdout.resume());
    }
  });
  return { headersSent: () => head === undefined };
}

function writeHead(response: ServerResponse, text: string): void {
  let status = 200;
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.appendHeader(name, value);
  }
  response.writeHead(status);
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent || response.writableEnded) {
    response.end();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
