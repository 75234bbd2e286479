/**
 * Terminals and attach through podman's REST API: one raw connection; without a terminal its bytes are framed.
 */

import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import { internalError } from '../../base/status.ts';
import type { AttachOptions, ExecOptions, Session } from '../../client/node-service.ts';
import type { PodmanHttp } from '../podman/http.ts';
import { createDemultiplexer } from './demultiplexer.ts';

/** podman would swallow ctrl-p (a shell's last command) and end the session at ctrl-p ctrl-q; Kubernetes knows no such keys. */
const NO_DETACH_KEYS = '';
/** An exec takes "none" for podman's default: a sequence that nobody types, then. */
const UNTYPED_DETACH_KEYS = new Array(8).fill('ctrl-^').join();

/** What a container that has ended may still have to say arrives within this: its conmon has written it all by then. */
export const LAST_WORDS_MS = 250;

/** Runs a command at a terminal in the container. */
export async function openExec(podman: PodmanHttp, containerId: string, options: ExecOptions): Promise<Session> {
  const { tty, command, stdin } = options;
  const body = {
    AttachStdin: stdin !== undefined,
    AttachStdout: true,
    AttachStderr: !tty,
    Tty: tty,
    DetachKeys: UNTYPED_DETACH_KEYS,
    Cmd: command,
    ...(tty ? { Env: ['TERM=xterm'] } : {}),
  };
  const { Id: id } = await podman.call<{ Id: string }>('POST', `/containers/${containerId}/exec`, { body });
  const { socket, head } = await podman.upgrade('POST', `/exec/${id}/start`, { body: { Detach: false, Tty: tty } });
  const ended = connectStreams(socket, head, options);
  return {
    exit: ended.then(async () => (await podman.call<{ ExitCode: number }>('GET', `/exec/${id}/json`)).ExitCode),
    resize: ({ width, height }) =>
      void podman.call('POST', `/exec/${id}/resize`, { query: { w: width, h: height } }).catch(() => {}),
    close: () => socket.destroy(),
  };
}

export interface Attaching {
  podman: PodmanHttp;
  clock: Clock;
  /** Tells when the container has ended, at once if it has; until the answer is called. */
  onEnd(listener: () => void): () => void;
}

/**
 * Attaches to the container's own process. podman leaves a connection open for ever that came as the container was ending: it is closed here then,
 * and fails when nothing came through it, so that a client looks at the log instead (as kubectl does).
 */
export async function openAttach(attaching: Attaching, containerId: string, options: AttachOptions): Promise<Session> {
  const { podman } = attaching;
  const { tty, stdin } = options;
  const query = { stream: true, stdin: stdin !== undefined, stdout: true, stderr: !tty, detachKeys: NO_DETACH_KEYS };
  const path = `/containers/${containerId}`;
  const gone = watchEnd(attaching);
  try {
    const { socket, head } = await podman.upgrade('POST', `${path}/attach`, { query, signal: gone.signal });
    if (head.length > 0) gone.heard();
    socket.on('data', gone.heard);
    const closed = connectStreams(socket, head, options).finally(gone.stop);
    gone.signal.addEventListener('abort', () => socket.destroy(), { once: true });
    return {
      exit: closed.then(() => gone.outcome()),
      resize: ({ width, height }) =>
        void podman.call('POST', `${path}/resize`, { query: { w: width, h: height } }).catch(() => {}),
      close: () => socket.destroy(),
    };
  } catch (error) {
    gone.stop();
    throw gone.signal.aborted ? gone.signal.reason : attachFailure(error);
  }
}

/** podman's words when the container's conmon has gone while it was being asked. */
const CONMON_IS_GONE = /attach socket: .*: no such file or directory/;

export const hasEnded = () => internalError(new Error('the container has ended'));

/** Why a container cannot be attached to, for people. */
export const attachFailure = (error: unknown): unknown =>
  error instanceof Error && CONMON_IS_GONE.test(error.message) ? hasEnded() : error;

/** Aborts when the container has ended and nothing has come for a moment. */
function watchEnd({ clock, onEnd }: Attaching) {
  const silent = new AbortController();
  let heardMs: number | undefined;
  let cancel = () => {};
  const look = () => {
    const leftMs = heardMs === undefined ? 0 : heardMs + LAST_WORDS_MS - clock.monotonic();
    if (leftMs > 0) cancel = clock.after(leftMs, look);
    else silent.abort(hasEnded());
  };
  const unsubscribe = onEnd(() => {
    cancel = clock.after(LAST_WORDS_MS, look);
  });
  return {
    signal: silent.signal,
    heard: () => {
      heardMs = clock.monotonic();
    },
    /** 0, or throws when the container ended without a word. */
    outcome: () => {
      if (silent.signal.aborted && heardMs === undefined) throw silent.signal.reason;
      return 0;
    },
    stop: () => {
      unsubscribe();
      cancel();
    },
  };
}

/** Writes on what comes, no faster than it is taken. The input's end is the caller's. */
export function writeInput(stdin: Readable, socket: Socket): void {
  stdin.on('data', (data: Buffer) => {
    if (socket.write(data)) return;
    stdin.pause();
    socket.once('drain', () => stdin.resume());
  });
}

/** Resolves when the other side has ended and all of it was written on. */
function connectStreams(socket: Socket, head: Buffer, { tty, stdin, stdout, stderr }: AttachOptions): Promise<void> {
  const decode = tty ? undefined : createDemultiplexer((stream, data) => (stream === 2 ? stderr : stdout)?.write(data));
  const receive = (data: Buffer) => {
    if (decode) decode(data);
    else stdout?.write(data);
  };
  if (head.length > 0) receive(head);
  socket.on('data', receive);
  if (stdin) writeInput(stdin, socket);
  stdin?.on('end', () => socket.end());
  return new Promise((resolve) => {
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.on('end', () => resolve());
  });
}
