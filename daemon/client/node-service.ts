/**
 * What the API asks of the agent on a pod's node: logs, exec, attach, port-forward (the kubelet's own API). Contract.
 * In `reflet up` it is called directly; between hosts it travels back over the agent's own connection.
 * Failures are StatusErrors: 404 (no such pod or container), 400 (container not running yet, worded as the kubelet words it).
 */

import type { Duplex, Readable, Writable } from 'node:stream';

export interface PodReference {
  namespace: string;
  name: string;
  uid: string;
}

/** `core/v1` PodLogOptions. */
export interface LogOptions {
  container: string;
  follow?: boolean;
  previous?: boolean;
  sinceSeconds?: number;
  /** RFC 3339. */
  sinceTime?: string;
  timestamps?: boolean;
  tailLines?: number;
  limitBytes?: number;
}

export interface TerminalSize {
  width: number;
  height: number;
}

export interface ExecOptions {
  container: string;
  command: readonly string[];
  tty: boolean;
  stdin?: Readable;
  stdout?: Writable;
  /** Never with `tty`. */
  stderr?: Writable;
}

export type AttachOptions = Omit<ExecOptions, 'command'>;

export interface Session {
  resize(size: TerminalSize): void;
  /** Resolves when the process has ended and all its output was written; the exit code is exact. */
  readonly exit: Promise<number>;
  /** Ends the session (the client went away). A command that reads its input is left the time to read what was sent. */
  close(): void;
}

/** How fast something was used between two looks, the second one `atMs` (since the epoch). */
export interface UsageRate {
  atMs: number;
  windowMs: number;
  /** Billionths of a processor. */
  cpuNanoCores: number;
  workingSetBytes: number;
}

/** What of it is known yet. */
export interface NodeUsage {
  node?: UsageRate;
  pods: readonly { uid: string; containers: readonly { name: string; rate: UsageRate }[] }[];
}

/** What a path of the kubelet's own API answers. */
export interface NodeAnswer {
  code: number;
  contentType: string;
  body: string;
}

export interface NodeService {
  /** Raw bytes as `kubectl logs` prints them; ends at the end of the log, or with `follow` when the container is gone for good. */
  logs(pod: PodReference, options: LogOptions, signal: AbortSignal): AsyncIterable<Uint8Array>;
  exec(pod: PodReference, options: ExecOptions): Promise<Session>;
  attach(pod: PodReference, options: AttachOptions): Promise<Session>;
  /** A connection to a TCP port in the pod's network. */
  portForward(pod: PodReference, port: number): Promise<Duplex>;
  /** A TCP connection from the node to an address of the pods' network, for the API's proxy. */
  connect(address: string, port: number): Promise<Duplex>;
  usage(): NodeUsage;
  /** GET of a path of the kubelet's own API that answers at once: `stats/summary`. Undefined: there is none. */
  answer(path: string): Promise<NodeAnswer | undefined>;
}
