/**
 * Kernel switches that the pod network needs, in the host's network namespace: read and, when wrong, set again.
 */

import { readFile } from 'node:fs/promises';
import { type HostNamespace, inNamespace } from '../base/host-namespace.ts';
import { run } from '../base/process.ts';

/** Without forwarding no pod reaches anything; without bridge-nf a pod does not reach a service whose endpoint is on its own bridge. */
const WANTED: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '1',
  'net.ipv4.conf.all.route_localnet': '1',
  'net.bridge.bridge-nf-call-iptables': '1',
};

/** Names of the switches that are wrong or missing. Reads files when the namespace is the process's own: no process. */
export async function findWrongSysctls(namespace: HostNamespace): Promise<string[]> {
  const names = Object.keys(WANTED);
  if (namespace !== undefined) {
    const { program, args } = inNamespace(namespace, 'sysctl', names);
    const { stdout } = await run(program, args);
    return names.filter((name) => !stdout.includes(`${name} = ${WANTED[name]}\n`));
  }
  const read = names.map(async (name) => {
    const value = await readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').catch(() => '');
    return value.trim() === WANTED[name] ? undefined : name;
  });
  return (await Promise.all(read)).filter((name) => name !== undefined);
}

/** Sets them; loads br_netfilter when its switch is not there. Returns what went wrong, for the log. */
export async function setSysctls(namespace: HostNamespace, names: readonly string[]): Promise<string[]> {
  if (names.some((name) => name.startsWith('net.bridge.'))) await run('modprobe', ['br_netfilter']);
  const problems: string[] = [];
  for (const name of names) {
    const { program, args } = inNamespace(namespace, 'sysctl', ['-qw', `${name}=${WANTED[name]}`]);
    const result = await run(program, args);
    if (result.exitCode !== 0) problems.push(`${name}: ${result.stderr.trim()}`);
  }
  return problems;
}
