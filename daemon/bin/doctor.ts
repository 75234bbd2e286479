/**
 * `reflet doctor`: reads the host and prints what `doctor-checks.ts` thinks of it. Exit code 1 when something is an error.
 */

import { readFile, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { run } from '../base/process.ts';
import type { HostFacts } from './doctor-checks.ts';
import { judgeHost, type Severity } from './doctor-checks.ts';
import { readHolder } from './lock.ts';
import type { Output } from './output.ts';
import { pathsOf } from './paths.ts';

export interface DoctorOptions {
  dataDir: string;
  port: number;
  json: boolean;
  /** Starts a container once to learn which runtime works. */
  tryRuntime(): Promise<{ name: string } | { problem: string } | undefined>;
}

const read = (path: string) =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

async function versionOf(program: string, args: readonly string[], pattern: RegExp): Promise<string | undefined> {
  const { exitCode, stdout } = await run(program, args);
  return exitCode === 0 ? (pattern.exec(stdout)?.[1] ?? stdout.trim()) : undefined;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Free bytes where `path` is or would be. */
async function freeBytes(path: string): Promise<number | undefined> {
  for (let at = path; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch {
      if (at === dirname(at)) return undefined;
    }
  }
}

async function readFacts({ dataDir, port, tryRuntime }: DoctorOptions): Promise<HostFacts> {
  const holder = await readHolder(pathsOf(dataDir).run);
  const listening = port !== 0 && (await isListening(port));
  return {
    root: process.getuid?.() === 0,
    nodeVersion: process.versions.node,
    podmanVersion: await versionOf('podman', ['--version'], /version (\S+)/),
    runtime: await tryRuntime(),
    cgroupVersion:
      (await read('/sys/fs/cgroup/cgroup.controllers')) === undefined
        ? (await read('/proc/cgroups'))
          ? 1
          : undefined
        : 2,
    iptablesVersion: await versionOf('iptables', ['--version'], /(iptables .*)/),
    gitVersion: await versionOf('git', ['--version'], /version (\S+)/),
    conntrack: (await run('conntrack', ['--version'])).exitCode === 0,
    ipForward: await read('/proc/sys/net/ipv4/ip_forward'),
    bridgeNfCallIptables: await read('/proc/sys/net/bridge/bridge-nf-call-iptables'),
    port: { number: port, takenBy: listening ? (holder ? 'reflet' : 'another program') : 'nobody' },
    dataDir,
    diskFreeBytes: await freeBytes(dataDir),
  };
}

const MARKS: Record<Severity, string> = { ok: 'ok  ', warning: 'warn', error: 'FAIL' };

/** Resolves with the exit code. */
export async function doctor(options: DoctorOptions, out: Output): Promise<number> {
  const findings = judgeHost(await readFacts(options));
  if (options.json) out.line(JSON.stringify({ findings }, null, 2));
  else {
    for (const { check, severity, message, remedy } of findings) {
      out.line(`${out.paint(severity, MARKS[severity])}  ${check.padEnd(24)} ${message}`);
      if (remedy) out.line(`      ${''.padEnd(24)} → ${remedy}`);
    }
  }
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}
