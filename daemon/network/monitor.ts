/**
 * Netlink events of the host and of all its pods' namespaces, by one `ip monitor` child: tells that something changed, and where.
 * Restarted with a delay when it ends; the loop's slow resync covers the time between. Must not act on anything.
 */

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '../base/clock.ts';
import { dyingWithParent, type HostNamespace, inNamespace } from '../base/host-namespace.ts';
import type { Logger } from '../base/log.ts';
import { start } from '../base/process.ts';

export interface NetworkEvent {
  /** The number of the pod's namespace (as `link_netnsid`), or undefined for the host's own. */
  readonly namespaceId: number | undefined;
}

export interface NetworkMonitor {
  stop(): void;
}

const RESTART_MS = 2_000;

export function startNetworkMonitor(options: {
  namespace: HostNamespace;
  clock: Clock;
  log: Logger;
  changed(event: NetworkEvent): void;
}): NetworkMonitor {
  const { program, args } = dyingWithParent(
    inNamespace(options.namespace, 'ip', [
      '-4',
      '-o',
      'monitor',
      'all-nsid',
      'link',
      'address',
      'route',
      'netconf',
      'rule',
    ]),
  );
  let child: ChildProcess | undefined;
  let isStopped = false;
  let cancel = () => {};
  const again = (why: string) => {
    if (isStopped) return;
    options.log.warn({ why }, 'no events about network changes; starting the monitor again');
    cancel = options.clock.after(RESTART_MS, begin);
  };
  const begin = () => {
    child = start(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let isOver = false;
    const end = (why: string) => {
      if (isOver) return;
      isOver = true;
      again(why);
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code) => end(`exit code ${code}`));
    child.unref();
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = parseEvent(line);
      if (event && !isStopped) options.changed(event);
    });
  };
  begin();
  return {
    stop() {
      isStopped = true;
      cancel();
      child?.kill('SIGKILL');
    },
  };
}

/**
 * `[nsid current]Deleted 3: rf… ` or `[nsid 7]…`. In the host's namespace only lines that concern us count: links and addresses of our
 * names, the rule for services, and forwarding switched off; a busy host's other interfaces cause no work.
 */
export function parseEvent(line: string): NetworkEvent | undefined {
  const match = /^\[nsid (current|\d+)\](.*)$/.exec(line);
  // A monitor without other namespaces in sight prints no prefix: its own namespace.
  const where = match?.[1] ?? 'current';
  const what = match?.[2] ?? line;
  if (where !== 'current') return { namespaceId: Number(where) };
  return /\b(reflet0|rf[0-9a-f]{12})\b|forwarding off|lookup 4096\b/.test(what)
    ? { namespaceId: undefined }
    : undefined;
}
