/**
 * A host of its own for end-to-end tests: a network namespace with an "outside" one next to it, so that neither the machine's rules nor its
 * links are touched. 192.0.2.1 is the host, 192.0.2.2 a stranger outside. Small servers and clients run in any of its namespaces.
 */

import type { ChildProcess } from 'node:child_process';
import { run, start } from '../../daemon/base/process.ts';

export interface PrivateHost {
  /** For everything that takes a `HostNamespace`. */
  readonly namespace: string;
  readonly outside: string;
  /** Runs a program in a namespace (the host's when undefined); rejects when it fails. */
  exec(namespace: string | undefined, program: string, args: readonly string[]): Promise<string>;
  /** TCP and UDP servers that answer `<name> <source address>`, until `close`. */
  serve(namespace: string, name: string, ports: { tcp?: number[]; udp?: number[] }): Promise<() => void>;
  close(): Promise<void>;
}

const IS_ROOT = process.getuid?.() === 0;
/** Without root these tests are skipped, unless the environment demands them: then they run and fail. */
export const SKIP_E2E = !IS_ROOT && process.env['REFLET_E2E'] !== 'required';

export async function createPrivateHost(name: string): Promise<PrivateHost> {
  const host = `rf-c-${name}`;
  const outside = `rf-c-${name}-out`;
  const servers: ChildProcess[] = [];
  const must = async (program: string, args: readonly string[]) => {
    const result = await run(program, args);
    if (result.exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  for (const namespace of [host, outside]) await run('ip', ['netns', 'del', namespace]);
  const lines = [`netns add ${host}`, `netns add ${outside}`];
  for (const line of lines) await must('ip', line.split(' '));
  await must('ip', `-n ${host} link add eth0 type veth peer name eth0 netns ${outside}`.split(' '));
  for (const [namespace, address] of [
    [host, '192.0.2.1/24'],
    [outside, '192.0.2.2/24'],
  ] as const) {
    for (const line of ['link set lo up', `addr add ${address} dev eth0`, 'link set eth0 up']) {
      await must('ip', ['-n', namespace, ...line.split(' ')]);
    }
  }
  await must('ip', `-n ${host} route add default via 192.0.2.2`.split(' '));
  const pathOf = (namespace: string) => (namespace.startsWith('/') ? namespace : `/run/netns/${namespace}`);
  return {
    namespace: pathOf(host),
    outside: pathOf(outside),
    exec: (namespace, program, args) => must('nsenter', [`--net=${pathOf(namespace ?? host)}`, program, ...args]),
    async serve(namespace, answer, ports) {
      const child = start(
        'nsenter',
        [
          `--net=${pathOf(namespace)}`,
          process.execPath,
          '-e',
          SERVER,
          answer,
          JSON.stringify({ tcp: [], udp: [], ...ports }),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      servers.push(child);
      await new Promise<void>((resolve, reject) => {
        child.stdout!.once('data', () => resolve());
        child.once('exit', (code) => reject(new Error(`the server ended: ${code}`)));
      });
      return () => void child.kill('SIGKILL');
    },
    async close() {
      for (const server of servers) server.kill('SIGKILL');
      for (const namespace of [host, outside]) await run('ip', ['netns', 'del', namespace]);
    },
  };
}

/** No answer takes that long, on a busy machine neither. */
const ANSWER_MS_MAX = 15_000;

/** What a client in `namespace` gets from `address:port`: the answer, or the error's code (`ECONNREFUSED`, `TIMEOUT`). */
export async function ask(
  namespace: string,
  address: string,
  port: number,
  protocol: 'tcp' | 'udp' = 'tcp',
  waitMs = ANSWER_MS_MAX,
): Promise<string> {
  const { stdout, stderr } = await run('nsenter', [
    `--net=${namespace}`,
    process.execPath,
    '-e',
    CLIENT,
    address,
    String(port),
    protocol,
    String(waitMs),
  ]);
  return stdout.trim() || stderr.slice(0, 300);
}

const SERVER = `
const [name, json] = process.argv.slice(1);
const { tcp, udp } = JSON.parse(json);
let left = tcp.length + udp.length;
const ready = () => { if (--left === 0) console.log('ready'); };
for (const port of tcp) require('net').createServer((socket) => {
  socket.on('error', () => {});
  socket.end(name + ' ' + socket.remoteAddress.replace('::ffff:', ''));
}).listen(port, '0.0.0.0', ready);
for (const port of udp) {
  const socket = require('dgram').createSocket('udp4');
  socket.on('message', (_, from) => socket.send(name + ' ' + from.address, from.port, from.address));
  socket.bind(port, '0.0.0.0', ready);
}
`;

const CLIENT = `
const [address, port, protocol, waitMs] = process.argv.slice(1);
const done = (text) => { console.log(text); process.exit(0); };
setTimeout(() => done('TIMEOUT'), Number(waitMs));
if (protocol === 'udp') {
  const socket = require('dgram').createSocket('udp4');
  socket.on('message', (message) => done(String(message)));
  socket.on('error', (error) => done(error.code));
  socket.connect(Number(port), address, () => socket.send('hello'));
} else {
  let text = '';
  const socket = require('net').connect(Number(port), address);
  socket.on('data', (chunk) => { text += chunk; });
  socket.on('end', () => done(text));
  socket.on('error', (error) => done(error.code));
}
`;

/** Far more than anything here takes, on a busy machine too. */
const EVENTUALLY_MS_MAX = 60_000;

/** Polls until `check` holds; returns how long it took. */
export async function eventually(check: () => Promise<boolean>, timeoutMs = EVENTUALLY_MS_MAX): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    if (await check()) return performance.now() - startedAt;
    if (performance.now() - startedAt > timeoutMs) throw new Error(`still not so after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
