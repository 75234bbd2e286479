/**
 * Tells when somebody else changes firewall rules: `xtables-monitor -e`, which prints every change of iptables-nft rules and, after each
 * transaction, `NEWGEN: … PID=… NAME=…`. Transactions of own processes (by pid) are left out.
 *
 * It reports names of own-looking chains (`REFLET-…`) that a foreign transaction mentioned, never rules. When the program is missing or
 * ends, that is told too (`lost`): the caller then has to look by itself. Must not read or change any rule.
 */

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { dyingWithParent, type HostNamespace, inNamespace } from './host-namespace.ts';
import { start } from './process.ts';

export interface IptablesMonitor {
  stop(): void;
}

export interface IptablesMonitorOptions {
  namespace: HostNamespace;
  isOwnPid(pid: number): boolean;
  /** Chains named by one foreign transaction; only called when there is at least one. */
  changed(chains: ReadonlySet<string>): void;
  /** The event source is gone: events may have been lost. */
  lost(reason: string): void;
}

/** More names than this in one transaction say only "a lot"; the set is not grown further. */
const CHAINS_MAX = 64;
const CHAIN_NAME = /REFLET-[A-Za-z0-9-]+/g;

export function startIptablesMonitor(options: IptablesMonitorOptions): IptablesMonitor {
  const { program, args } = dyingWithParent(
    inNamespace(options.namespace, 'stdbuf', ['-oL', 'xtables-monitor', '-e', '-4']),
  );
  const child: ChildProcess = start(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let stopped = false;
  let mentioned = new Set<string>();
  const lost = (reason: string) => {
    if (stopped) return;
    stopped = true;
    options.lost(reason);
  };
  child.on('error', (error) => lost(error.message));
  child.on('close', (code) => lost(`exit code ${code}`));
  child.unref();
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const generation = parseGeneration(line);
      if (!generation) {
        if (mentioned.size < CHAINS_MAX) for (const name of line.match(CHAIN_NAME) ?? []) mentioned.add(name);
        return;
      }
      const chains = mentioned;
      mentioned = new Set();
      if (!stopped && chains.size > 0 && !options.isOwnPid(generation.pid)) options.changed(chains);
    });
  }
  return {
    stop() {
      stopped = true;
      child.kill('SIGKILL');
    },
  };
}

/** `NEWGEN: GENID=9 PID=10869 NAME=iptables`, or undefined for any other line. */
export function parseGeneration(line: string): { pid: number } | undefined {
  const match = /^\s*NEWGEN:.*\bPID=(\d+)/.exec(line);
  return match ? { pid: Number(match[1]) } : undefined;
}
