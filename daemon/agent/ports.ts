/**
 * What the agent needs from outside its folder, as interfaces: wired in `bin/`, faked in tests.
 */

export interface PodAttachment {
  /** The pod's address. */
  ip: string;
  /** `/run/netns/…`, joined by every container of the pod. */
  netnsPath: string;
}

/** `ports[].hostPort` of a container. */
export interface HostPort {
  hostPort: number;
  containerPort: number;
  protocol: 'TCP' | 'UDP' | 'SCTP';
  /** `''`: every address of the host. */
  hostIp: string;
}

/** The pods' network on this node (`network/`). */
export interface PodNetwork {
  /** Idempotent: gives a pod its namespace, or the one that it has already; `ip` is asked for again after a restart. */
  attach(uid: string, options: { ip?: string; hostPorts: readonly HostPort[] }): Promise<PodAttachment>;
  /** Removes all of it; no error when there is nothing. */
  detach(uid: string): Promise<void>;
  /** Tells all pods that exist on this node: what belongs to others is removed from then on. */
  adopt?(uids: readonly string[]): void;
  /** Where pods ask for names (the bridge's address). */
  readonly dnsAddress: string;
}
