/**
 * Makes, updates and removes pods' volumes below `<root>/<uid>/`. Secrets and tokens lie on a tmpfs of their own and never touch the disk.
 *
 * Invariants: a directory is written by one at a time; nothing is deleted through a mount.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Container, Pod, Volume, VolumeMount } from '../../kinds/types.generated.ts';
import { type Ownership, writePayload } from './atomic-writer.ts';
import type { Mount, Prepared, VolumeSources, Volumes } from './contract.ts';
import { diskOverLimit, ensureTmpfs, memoryBytesOf, prepareEmptyDir } from './empty-dir.ts';
import { prepareHostPath } from './host-path.ts';
import { addConfigMap, addDownward, addProjected, addSecret, type MutablePayload, VolumeProblem } from './payload.ts';
import { bindSubPath } from './sub-path.ts';
import { subPathOf } from './sub-path-name.ts';
import { createTokenCache } from './tokens.ts';
import { createTurns } from './turns.ts';
import { removeUnmounted } from './unmount.ts';

export interface VolumesOptions {
  /** `DIR/agent/pods` */
  root: string;
  /** Where the tmpfs for secrets is mounted: `DIR/agent/secrets`. */
  secretRoot: string;
  sources: VolumeSources;
  allocatable(): Readonly<Record<string, string>>;
  /** Environment of a container as far as `subPathExpr` may name it. */
  environment(pod: Readonly<Pod>, containerName: string): ReadonlyMap<string, string>;
  clock: Clock;
  log: Logger;
}

const PROPAGATION: Record<string, string> = { None: 'rprivate', HostToContainer: 'rslave', Bidirectional: 'rshared' };

const uidOf = (pod: Readonly<Pod>) => pod.metadata?.uid ?? '';
const isFromApi = ({ configMap, secret, projected, downwardAPI }: Readonly<Volume>) =>
  (configMap ?? secret ?? projected ?? downwardAPI) !== undefined;

export function createVolumes(options: VolumesOptions): Volumes {
  const { root, secretRoot, sources, clock, log } = options;
  const tokens = createTokenCache(sources.token, clock);
  const turns = createTurns();
  /** Pods whose volumes are wanted: an update that comes too late must not make them again. */
  const live = new Set<string>();

  const directoryOf = (pod: Readonly<Pod>, volume: Readonly<Volume>): string => {
    if (volume.hostPath) return volume.hostPath.path;
    const base = volume.secret || volume.projected ? secretRoot : root;
    return join(base, uidOf(pod), 'volumes', volume.name);
  };

  const writeFromApi = async (pod: Readonly<Pod>, volume: Readonly<Volume>): Promise<void> => {
    const payload: MutablePayload = new Map();
    const context = { pod, sources, tokens, allocatable: options.allocatable() };
    const { configMap, secret, projected, downwardAPI } = volume;
    if (configMap) addConfigMap(payload, context, configMap, configMap.defaultMode);
    if (secret)
      addSecret(
        payload,
        context,
        { name: secret.secretName, items: secret.items, optional: secret.optional },
        secret.defaultMode,
      );
    if (downwardAPI) addDownward(payload, context, downwardAPI.items, downwardAPI.defaultMode);
    if (projected) await addProjected(payload, context, projected);
    await writePayload(directoryOf(pod, volume), payload, ownershipOf(pod));
  };

  const writeAgain = async (pod: Readonly<Pod>, volume: Readonly<Volume>): Promise<void> => {
    if (live.has(uidOf(pod))) await writeFromApi(pod, volume);
  };

  const prepareOne = async (pod: Readonly<Pod>, volume: Readonly<Volume>): Promise<unknown> => {
    if (volume.hostPath) return prepareHostPath(volume.hostPath);
    if (volume.secret || volume.projected) await turns.run(secretRoot, () => ensureTmpfs(secretRoot, 'mode=0700'));
    const directory = directoryOf(pod, volume);
    if (isFromApi(volume)) return turns.run(directory, () => writeFromApi(pod, volume));
    const { emptyDir } = volume;
    const memoryBytes = () => memoryBytesOf(pod, emptyDir ?? {}, options.allocatable());
    if (emptyDir)
      return turns.run(directory, () => prepareEmptyDir(directory, emptyDir, ownershipOf(pod), memoryBytes));
    throw new VolumeProblem(`volume "${volume.name}" is of a kind that is not supported yet`);
  };

  return {
    async prepare(pod): Promise<Prepared> {
      live.add(uidOf(pod));
      for (const volume of pod.spec?.volumes ?? []) {
        try {
          await prepareOne(pod, volume);
        } catch (error) {
          if (!(error instanceof VolumeProblem))
            log.warn({ err: error, volume: volume.name, pod: uidOf(pod) }, 'a volume could not be made');
          return {
            ok: false,
            reason: 'FailedMount',
            message: `MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`,
          };
        }
      }
      return { ok: true };
    },

    async mounts(pod, containerName) {
      const container = containerOf(pod, containerName);
      const mounts: Mount[] = [];
      for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
        const volume = pod.spec?.volumes?.find(({ name }) => name === mount.name);
        if (!volume)
          throw new VolumeProblem(
            `volumeMounts[${index}] names the volume "${mount.name}", which the pod does not have`,
          );
        const source = await sourceOf(pod, container, volume, mount, index);
        const readOnly = mount.readOnly === true || isFromApi(volume);
        mounts.push({
          source,
          destination: mount.mountPath,
          readOnly,
          propagation: PROPAGATION[mount.mountPropagation ?? 'None'] ?? 'rprivate',
        });
      }
      return mounts;
    },

    async update(pod) {
      for (const volume of pod.spec?.volumes ?? []) {
        if (!isFromApi(volume)) continue;
        await turns
          .run(directoryOf(pod, volume), () => writeAgain(pod, volume))
          .catch((error: Error) =>
            log.debug({ err: error, volume: volume.name, pod: uidOf(pod) }, 'a volume was not updated'),
          );
      }
    },

    async overLimit(pod) {
      for (const volume of pod.spec?.volumes ?? []) {
        const limit = volume.emptyDir?.sizeLimit;
        if (limit === undefined || volume.emptyDir?.medium === 'Memory') continue;
        const problem = await diskOverLimit(volume.name, directoryOf(pod, volume), limit);
        if (problem !== undefined) return problem;
      }
      return undefined;
    },

    directories: (pod) =>
      (pod.spec?.volumes ?? [])
        .filter(({ hostPath }) => !hostPath)
        .map((volume) => {
          const isInMemory = volume.secret ?? volume.projected ?? volume.emptyDir?.medium === 'Memory';
          return { name: volume.name, directory: directoryOf(pod, volume), medium: isInMemory ? 'memory' : 'disk' };
        }),

    async cleanup(uid) {
      if (!/^[0-9a-f-]{8,64}$/.test(uid)) throw new Error(`${JSON.stringify(uid)} is no uid of a pod`);
      live.delete(uid);
      tokens.forget(uid);
      await turns.idle((key) => key.startsWith(join(root, uid)) || key.startsWith(join(secretRoot, uid)));
      await removeUnmounted(join(root, uid));
      await rm(join(secretRoot, uid), { recursive: true, force: true });
    },
  };

  async function sourceOf(
    pod: Readonly<Pod>,
    container: Readonly<Container>,
    volume: Readonly<Volume>,
    mount: Readonly<VolumeMount>,
    index: number,
  ): Promise<string> {
    const directory = directoryOf(pod, volume);
    const subPath = subPathOf(mount, () => options.environment(pod, container.name));
    if (subPath === undefined) return directory;
    const target = join(root, uidOf(pod), 'volume-subpaths', volume.name, container.name, String(index));
    try {
      await turns.run(target, () => bindSubPath(directory, subPath, target));
    } catch (error) {
      const whose = `volumeMount "${mount.name}" of container "${container.name}"`;
      throw new VolumeProblem(`failed to prepare subPath for ${whose}: ${(error as Error).message}`, { cause: error });
    }
    return target;
  }
}

function containerOf({ spec }: Readonly<Pod>, name: string): Readonly<Container> {
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`the pod has no container ${name}`);
  return found;
}

function ownershipOf(pod: Readonly<Pod>): Ownership {
  const fsGroup = pod.spec?.securityContext?.fsGroup;
  return fsGroup === undefined ? {} : { gid: fsGroup };
}
