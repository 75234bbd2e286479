/**
 * Volumes as the rest of the agent sees them. Contract; `createVolumes` in `create-volumes.ts` implements it.
 */

import type { ConfigMap, Pod, Secret } from '../../kinds/types.generated.ts';

export interface Mount {
  source: string;
  destination: string;
  readOnly: boolean;
  /** `rprivate`, `rslave`, `rshared`. */
  propagation: string;
}

export type Prepared = { ok: true } | { ok: false; reason: 'FailedMount'; message: string };

/** What volumes are made from; undefined: there is no such object. */
export interface VolumeSources {
  configMap(namespace: string, name: string): Readonly<ConfigMap> | undefined;
  secret(namespace: string, name: string): Readonly<Secret> | undefined;
  /** A service account's token bound to the pod. */
  token(
    pod: Readonly<Pod>,
    request: { audience?: string; expirationSeconds: number },
  ): Promise<{ token: string; expiresMs: number }>;
}

/** Where a volume lies that the agent has made. */
export interface VolumeDirectory {
  name: string;
  directory: string;
  medium: 'disk' | 'memory';
}

export interface Volumes {
  /** Makes every volume of the pod, or says which cannot be made and why. Idempotent. */
  prepare(pod: Readonly<Pod>): Promise<Prepared>;
  /** The container's mounts; throws with the kubelet's words for a subPath that leaves its volume. After `prepare`. */
  mounts(pod: Readonly<Pod>, containerName: string): Promise<Mount[]>;
  /** Brings configMap, secret, projected and downwardAPI volumes up to date; files change atomically. */
  update(pod: Readonly<Pod>): Promise<void>;
  /** Why the pod must be evicted: an emptyDir beyond its sizeLimit. */
  overLimit(pod: Readonly<Pod>): Promise<string | undefined>;
  /** Those of the pod that take room of their own; what belongs to the host is not measured. */
  directories(pod: Readonly<Pod>): readonly VolumeDirectory[];
  /** Unmounts and removes all of it. */
  cleanup(uid: string): Promise<void>;
}
