/**
 * Makes, updates and removes pods' volumes below `<root>/<uid>/`. Secrets and tokens lie on a tmpfs of their own and never touch the disk.
 */

import { chmod, chown, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { run } from '../../base/process.ts';
import { quantityValue } from '../../base/quantity.ts';
import type { Container, Pod, Volume, VolumeMount } from '../../kinds/types.generated.ts';
import { expandVariables } from '../containers/expand.ts';
import { type Ownership, writePayload } from './atomic-writer.ts';
import type { Mount, Prepared, VolumeSources, Volumes } from './contract.ts';
import { prepareHostPath } from './host-path.ts';
import { addConfigMap, addDownward, addProjected, addSecret, type MutablePayload, VolumeProblem } from './payload.ts';
import { bindSubPath, isMounted } from './sub-path.ts';

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

async function command(program: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run(program, args);
  if (exitCode !== 0) throw new VolumeProblem(`${program} ${args.join(' ')}: ${stderr.trim()}`);
}

export function createVolumes(options: VolumesOptions): Volumes {
  const { root, secretRoot, sources, clock, log } = options;
  /** When a pod's tokens are due, by uid and volume. */
  const renewals = new Map<string, number>();

  const directoryOf = (pod: Readonly<Pod>, volume: Readonly<Volume>): string => {
    if (volume.hostPath) return volume.hostPath.path;
    const base = volume.secret || volume.projected ? secretRoot : root;
    return join(base, uidOf(pod), 'volumes', volume.name);
  };

  const writeFromApi = async (pod: Readonly<Pod>, volume: Readonly<Volume>): Promise<void> => {
    const payload: MutablePayload = new Map();
    const context = { pod, sources, allocatable: options.allocatable() };
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
    if (projected) {
      const due = await addProjected(payload, context, projected, clock.now());
      if (due !== undefined) renewals.set(`${uidOf(pod)}/${volume.name}`, due);
    }
    await writePayload(directoryOf(pod, volume), payload, ownershipOf(pod));
  };

  const prepareOne = async (pod: Readonly<Pod>, volume: Readonly<Volume>): Promise<void> => {
    if (volume.hostPath) return prepareHostPath(volume.hostPath);
    if (volume.secret || volume.projected) await ensureTmpfs(secretRoot, 'mode=0700');
    if (isFromApi(volume)) return writeFromApi(pod, volume);
    if (volume.emptyDir) return prepareEmptyDir(directoryOf(pod, volume), volume, ownershipOf(pod));
    throw new VolumeProblem(`volume "${volume.name}" is of a kind that is not supported yet`);
  };

  return {
    async prepare(pod): Promise<Prepared> {
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
        const due = renewals.get(`${uidOf(pod)}/${volume.name}`);
        // A projected volume with a token asks for a new one each time it is written: only when it is due.
        if (due !== undefined && clock.now() < due && !hasOtherSources(volume)) continue;
        await writeFromApi(pod, volume).catch((error: Error) =>
          log.debug({ err: error, volume: volume.name, pod: uidOf(pod) }, 'a volume was not updated'),
        );
      }
    },

    async overLimit(pod) {
      for (const volume of pod.spec?.volumes ?? []) {
        const limit = volume.emptyDir?.sizeLimit;
        if (limit === undefined || volume.emptyDir?.medium === 'Memory') continue;
        if ((await diskUsage(directoryOf(pod, volume))) > quantityValue(limit))
          return `Usage of EmptyDir volume "${volume.name}" exceeds the limit "${limit}". `;
      }
      return undefined;
    },

    async cleanup(uid) {
      if (!/^[0-9a-f-]{8,64}$/.test(uid)) throw new Error(`${JSON.stringify(uid)} is no uid of a pod`);
      for (const key of renewals.keys()) if (key.startsWith(`${uid}/`)) renewals.delete(key);
      await unmountBelow(join(root, uid));
      await rm(join(root, uid), { recursive: true, force: true });
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
    const subPath = mount.subPathExpr
      ? expandVariables(mount.subPathExpr, options.environment(pod, container.name))
      : mount.subPath;
    if (!subPath) return directory;
    const target = join(root, uidOf(pod), 'volume-subpaths', volume.name, container.name, String(index));
    await bindSubPath(directory, subPath, target);
    return target;
  }
}

function containerOf(pod: Readonly<Pod>, name: string): Readonly<Container> {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`the pod has no container ${name}`);
  return found;
}

function hasOtherSources({ projected }: Readonly<Volume>): boolean {
  return (
    projected?.sources?.some(
      ({ serviceAccountToken, configMap }) => !serviceAccountToken && configMap?.name !== 'kube-root-ca.crt',
    ) ?? true
  );
}

function ownershipOf(pod: Readonly<Pod>): Ownership {
  const fsGroup = pod.spec?.securityContext?.fsGroup;
  return fsGroup === undefined ? {} : { gid: fsGroup };
}

async function prepareEmptyDir(directory: string, { emptyDir }: Readonly<Volume>, { gid }: Ownership): Promise<void> {
  await mkdir(directory, { recursive: true });
  if (emptyDir?.medium === 'Memory') {
    const size = emptyDir.sizeLimit === undefined ? '' : `,size=${quantityValue(emptyDir.sizeLimit)}`;
    await ensureTmpfs(directory, `mode=0777${size}`);
  }
  await chmod(directory, gid === undefined ? 0o777 : 0o2777);
  if (gid !== undefined) await chown(directory, -1, gid);
}

async function ensureTmpfs(directory: string, options: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (!(await isMounted(directory))) await command('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
}

/** Unmounts everything at or below `path`, the deepest first. */
export async function unmountBelow(path: string): Promise<void> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const points = table
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point === path || point.startsWith(`${path}/`));
  for (const point of points.sort((a, b) => b.length - a.length)) await run('umount', ['-l', point]);
}

/** Bytes on the disk of everything below; what vanishes while it is counted counts nothing. */
async function diskUsage(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    const { blocks } = await stat(join(entry.parentPath, entry.name)).catch(() => ({ blocks: 0 }));
    bytes += blocks * 512;
  }
  return bytes;
}
