/**
 * What a pod names in its namespace: what its node must be able to read, and may. Pure.
 * The agent watches by it, and the node authorizer and NodeRestriction judge by it: the two cannot differ.
 */

import type { Container, EphemeralContainer, Pod, Volume } from '../../types.generated.ts';

export interface PodReferences {
  readonly configMaps: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  /** PersistentVolumeClaims, those of ephemeral volumes included. */
  readonly claims: ReadonlySet<string>;
  /** `''` when the pod names none. */
  readonly serviceAccount: string;
}

interface Gathered {
  configMaps: Set<string>;
  secrets: Set<string>;
  claims: Set<string>;
}

const note = (set: Set<string>, name: string | undefined): void => {
  if (name) set.add(name);
};

export function podReferences({ metadata, spec }: Readonly<Pod>): PodReferences {
  const gathered: Gathered = { configMaps: new Set(), secrets: new Set(), claims: new Set() };
  for (const volume of spec?.volumes ?? []) noteVolume(gathered, volume, metadata?.name ?? '');
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec ?? {};
  for (const container of [...initContainers, ...containers, ...ephemeralContainers])
    noteContainer(gathered, container);
  for (const { name } of spec?.imagePullSecrets ?? []) note(gathered.secrets, name);
  return { ...gathered, serviceAccount: spec?.serviceAccountName ?? '' };
}

function noteVolume({ configMaps, secrets, claims }: Gathered, volume: Readonly<Volume>, pod: string): void {
  note(configMaps, volume.configMap?.name);
  note(secrets, volume.secret?.secretName);
  for (const source of volume.projected?.sources ?? []) {
    note(configMaps, source.configMap?.name);
    note(secrets, source.secret?.name);
  }
  note(claims, volume.persistentVolumeClaim?.claimName);
  if (volume.ephemeral) note(claims, `${pod}-${volume.name}`);
  const { azureFile, cephfs, cinder, csi, flexVolume, iscsi, rbd, scaleIO, storageos } = volume;
  note(secrets, azureFile?.secretName);
  note(secrets, csi?.nodePublishSecretRef?.name);
  for (const source of [cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos])
    note(secrets, source?.secretRef?.name);
}

function noteContainer(
  { configMaps, secrets }: Gathered,
  { envFrom, env }: Readonly<Container | EphemeralContainer>,
): void {
  for (const { configMapRef, secretRef } of envFrom ?? []) {
    note(configMaps, configMapRef?.name);
    note(secrets, secretRef?.name);
  }
  for (const { valueFrom } of env ?? []) {
    note(configMaps, valueFrom?.configMapKeyRef?.name);
    note(secrets, valueFrom?.secretKeyRef?.name);
  }
}
