/** Why scenarios that start real containers cannot run here. */

import { run } from '../../../daemon/base/process.ts';

/** Undefined when they can. */
export async function whyNoContainers(...programs: string[]): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const program of programs) {
    if ((await run('sh', ['-c', `command -v ${program}`])).exitCode !== 0) return `needs ${program}`;
  }
  return undefined;
}

/** Apart from those of a reflet that may be in use on this host. */
export const BENCH_PORT = 26_443;
/** Nothing of the daemon's is left when this is nothing: a daemon that runs already would share the host's rules. */
export async function whyNoReflet(): Promise<string | undefined> {
  const { stdout } = await run('sh', ['-c', "grep -lz 'reflet\\.[tjm]*s' /proc/[0-9]*/cmdline 2>/dev/null | wc -l"]);
  return Number(stdout) > 0 ? 'another reflet runs on this host' : undefined;
}
