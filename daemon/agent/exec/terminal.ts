/**
 * Terminals and attach through podman's REST API: one raw connection; without a terminal its bytes are framed
 * (`[stream, 0, 0, 0, length as u32 big endian]`).
 */

import type { Socket } from 'node:net';
import type { AttachOptions, ExecOptions, Session } from '../../client/node-service.ts';
import type { PodmanHttp } from '../podman/http.ts';

const HEADER_BYTES = 8;
/** podman would swallow ctrl-p (a shell's last command) and end the session at ctrl-p ctrl-q; Kubernetes knows no such keys. */
const NO_DETACH_KEYS = '';
/** An exec takes "none" for podman's default: a sequence that nobody types, then. */
const UNTYPED_DETACH_KEYS = new Array(8).fill('ctrl-^').join();

/** Runs `options.command` when there is one, else attaches to the container's own process. */
export async function openTerminal(
  podman: PodmanHttp,
  containerId: string,
  options: AttachOptions | ExecOptions,
): Promise<Session> {
  return 'command' in options && options.command.length > 0
    ? openExec(podman, containerId, options)
    : openAttach(podman, containerId, options);
}

async function openExec(podman: PodmanHttp, containerId: string, options: ExecOptions): Promise<Session> {
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

async function openAttach(podman: PodmanHttp, containerId: string, options: AttachOptions): Promise<Session> {
  const { tty, stdin } = options;
  const query = { stream: true, stdin: stdin !== undefined, stdout: true, stderr: !tty, detachKeys: NO_DETACH_KEYS };
  const { socket, head } = await podman.upgrade('POST', `/containers/${containerId}/attach`, { query });
  const ended = connectStreams(socket, head, options);
  return {
    exit: ended.then(() => 0),
    resize: ({ width, height }) =>
      void podman.call('POST', `/containers/${containerId}/resize`, { query: { w: width, h: height } }).catch(() => {}),
    close: () => socket.destroy(),
  };
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
  stdin?.on('data', (data: Buffer) => {
    if (!socket.write(data)) {
      stdin.pause();
      socket.once('drain', () => stdin.resume());
    }
  });
  stdin?.on('end', () => socket.end());
  return new Promise((resolve) => {
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.on('end', () => resolve());
  });
}

function createDemultiplexer(deliver: (stream: number, data: Buffer) => void): (chunk: Buffer) => void {
  let waiting: Buffer = Buffer.alloc(0);
  return (chunk) => {
    waiting = waiting.length > 0 ? Buffer.concat([waiting, chunk]) : chunk;
    while (waiting.length >= HEADER_BYTES) {
      const length = waiting.readUInt32BE(4);
      if (waiting.length < HEADER_BYTES + length) return;
      deliver(waiting[0]!, waiting.subarray(HEADER_BYTES, HEADER_BYTES + length));
      waiting = waiting.subarray(HEADER_BYTES + length);
    }
  };
}
