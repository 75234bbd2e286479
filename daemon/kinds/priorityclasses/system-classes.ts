/**
 * The classes that every cluster has (`pkg/apis/scheduling/v1/helpers.go`), and what is reserved for them. Pure.
 */

/** Names with this beginning belong to the system. */
export const SYSTEM_PREFIX = 'system-';
/** Above it there are only the system's own. */
export const USER_PRIORITY_MAX = 1_000_000_000;

export interface SystemClass {
  name: string;
  value: number;
  description: string;
}

export const SYSTEM_CLASSES: readonly SystemClass[] = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];
