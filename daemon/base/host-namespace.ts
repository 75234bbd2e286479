/**
 * In which network namespace a program works: the process's own, or another one by path (several hosts on one machine, tests).
 * Only builds command lines; spawning is `process.ts`' job. `nsenter`, not `ip netns exec`: the latter remounts /sys.
 */

/** A path such as `/run/netns/h1`; undefined is the process's own namespace. */
export type HostNamespace = string | undefined;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** The command that runs `program` inside the namespace. */
export function inNamespace(namespace: HostNamespace, program: string, args: readonly string[]): Command {
  return namespace === undefined
    ? { program, args }
    : { program: 'nsenter', args: [`--net=${namespace}`, program, ...args] };
}

/** The same command, killed by the kernel when this process dies, however it dies: for long-lived children that would not notice. */
export function dyingWithParent({ program, args }: Command): Command {
  return { program: 'setpriv', args: ['--pdeathsig', 'KILL', program, ...args] };
}
