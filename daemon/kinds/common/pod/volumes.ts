/**
 * `volumes`: exactly one source each. Sources that Reflet does not mount are only checked for being the only one;
 * `unsupported.ts` refuses them by name.
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  required,
} from '../../../base/field.ts';
import { compareQuantities } from '../../../base/quantity.ts';
import type {
  DownwardAPIVolumeFile,
  HostPathVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
} from '../../types.generated.ts';
import { checkDns1123Label, checkOneOf } from '../checks.ts';
import { checkFieldSelector, checkResourceSelector } from './environment.ts';
import { checkForeignSource, checkIscsiPortal } from './foreign-volumes.ts';
import { checkFileMode, checkNoBacksteps, checkNonReservedPath } from './paths.ts';

/** Every volume source, in the order in which the API server looks at them. */
const VOLUME_SOURCES = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
] as const satisfies readonly (keyof Volume)[];

type VolumeSource = (typeof VOLUME_SOURCES)[number];

const SOURCE_ORDER: ReadonlyMap<string, number> = new Map(VOLUME_SOURCES.map((source, order) => [source, order]));

/** The sources that a volume has, in that order: one, as a rule. */
export function sourcesOf(volume: Volume): VolumeSource[] {
  const sources = (Object.keys(volume) as VolumeSource[]).filter((name) => SOURCE_ORDER.has(name) && volume[name]);
  return sources.length > 1 ? sources.sort((a, b) => SOURCE_ORDER.get(a)! - SOURCE_ORDER.get(b)!) : sources;
}

/** Where upstream's errors name another path than the field's. */
const PATH_OF: Readonly<Record<string, string | undefined>> = { gcePersistentDisk: 'persistentDisk' };

const MORE_THAN_ONE = 'may not specify more than 1 volume type';
const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const VOLUME_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;

/** Checks all volumes; returns those that are in order, by name. */
export function checkVolumes(
  errors: FieldError[],
  volumes: readonly Volume[] | undefined,
  at: FieldPath,
): ReadonlyMap<string, Volume> {
  const good = new Map<string, Volume>();
  volumes?.forEach((volume, index) => {
    const entry = at.index(index);
    const before = errors.length;
    checkVolumeSource(errors, volume, entry);
    if (!volume.name) errors.push(required(entry.child('name')));
    else checkDns1123Label(errors, entry.child('name'), volume.name);
    if (good.has(volume.name)) errors.push(duplicate(entry.child('name'), volume.name));
    if (errors.length === before) good.set(volume.name, volume);
  });
  return good;
}

function checkVolumeSource(errors: FieldError[], volume: Volume, at: FieldPath): void {
  const sources = sourcesOf(volume);
  for (const source of sources) {
    if (source !== sources[0]) errors.push(forbiddenField(at.child(source), MORE_THAN_ONE));
    else checkSource(errors, volume, source, at.child(PATH_OF[source] ?? source));
    if (source === 'iscsi') checkIscsiPortal(errors, volume, at);
  }
  if (sources.length === 0) errors.push(required(at, 'must specify a volume type'));
}

function checkSource(errors: FieldError[], volume: Volume, source: VolumeSource, at: FieldPath): void {
  switch (source) {
    case 'emptyDir':
      if (volume.emptyDir?.sizeLimit !== undefined && compareQuantities(volume.emptyDir.sizeLimit, '0') < 0) {
        errors.push(forbiddenField(at.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity'));
      }
      return;
    case 'hostPath':
      checkHostPath(errors, volume.hostPath!, at);
      return;
    case 'secret':
      if (!volume.secret?.secretName) errors.push(required(at.child('secretName')));
      checkFileMode(errors, at.child('defaultMode'), volume.secret?.defaultMode);
      checkItems(errors, volume.secret?.items, at.child('items'));
      return;
    case 'configMap':
      if (!volume.configMap?.name) errors.push(required(at.child('name')));
      checkFileMode(errors, at.child('defaultMode'), volume.configMap?.defaultMode);
      checkItems(errors, volume.configMap?.items, at.child('items'));
      return;
    case 'downwardAPI':
      checkFileMode(errors, at.child('defaultMode'), volume.downwardAPI?.defaultMode);
      for (const file of volume.downwardAPI?.items ?? []) checkDownwardFile(errors, file, at);
      return;
    case 'projected':
      checkFileMode(errors, at.child('defaultMode'), volume.projected?.defaultMode);
      checkProjections(errors, volume.projected!, at);
      return;
    default:
      checkForeignSource(errors, volume, source, at);
  }
}

function checkHostPath(errors: FieldError[], source: HostPathVolumeSource, at: FieldPath): void {
  if (!source.path) {
    errors.push(required(at.child('path')));
    return;
  }
  checkNoBacksteps(errors, at.child('path'), source.path);
  checkOneOf(errors, at.child('type'), source.type ?? '', HOST_PATH_TYPES);
}

function checkItems(errors: FieldError[], items: readonly KeyToPath[] | undefined, at: FieldPath): void {
  items?.forEach((item, index) => {
    checkItem(errors, item, at.index(index));
  });
}

function checkItem(errors: FieldError[], item: KeyToPath, at: FieldPath): void {
  if (!item.key) errors.push(required(at.child('key')));
  if (!item.path) errors.push(required(at.child('path')));
  checkNonReservedPath(errors, at.child('path'), item.path ?? '');
  checkFileMode(errors, at.child('mode'), item.mode);
}

function checkDownwardFile(errors: FieldError[], file: DownwardAPIVolumeFile, at: FieldPath): void {
  if (!file.path) errors.push(required(at.child('path')));
  checkNonReservedPath(errors, at.child('path'), file.path ?? '');
  if (file.fieldRef) {
    checkFieldSelector(errors, file.fieldRef, VOLUME_FIELDS, at.child('fieldRef'));
    if (file.resourceFieldRef) {
      errors.push(invalidValue(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    }
  } else if (file.resourceFieldRef) {
    checkResourceSelector(errors, file.resourceFieldRef, at.child('resourceFieldRef'), true);
  } else {
    errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
  }
  checkFileMode(errors, at.child('mode'), file.mode);
}

function checkProjections(errors: FieldError[], projected: ProjectedVolumeSource, at: FieldPath): void {
  const paths = new Set<string>();
  const claim = (path: string | undefined, owner: string) => {
    if (!path) return;
    if (paths.has(path)) errors.push(invalidValue(at, owner, 'conflicting duplicate paths'));
    else paths.add(path);
  };
  projected.sources?.forEach((source, index) => {
    const entry = at.child('sources').index(index);
    let sources = 0;
    for (const name of ['secret', 'configMap'] as const) {
      const projection = source[name];
      if (!projection) continue;
      sources++;
      if (!projection.name) errors.push(required(entry.child(name, 'name')));
      projection.items?.forEach((item, itemIndex) => {
        checkItem(errors, item, entry.child(name, 'items').index(itemIndex));
        claim(item.path, projection.name ?? '');
      });
    }
    if (source.downwardAPI) {
      sources++;
      for (const file of source.downwardAPI.items ?? []) {
        checkDownwardFile(errors, file, entry.child('downwardAPI'));
        claim(file.path, file.path);
      }
    }
    if (source.serviceAccountToken) {
      sources++;
      checkToken(errors, source.serviceAccountToken, entry.child('serviceAccountToken'), at);
    }
    if (source.clusterTrustBundle) sources++;
    if (sources > 1) errors.push(forbiddenField(entry, MORE_THAN_ONE));
  });
}

function checkToken(
  errors: FieldError[],
  token: ServiceAccountTokenProjection,
  at: FieldPath,
  volume: FieldPath,
): void {
  const seconds = token.expirationSeconds ?? 0;
  const field = at.child('expirationSeconds');
  if (seconds < TOKEN_SECONDS_MIN) {
    errors.push(invalidValue(field, seconds, 'may not specify a duration less than 10 minutes'));
  }
  if (seconds > TOKEN_SECONDS_MAX) {
    errors.push(invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (!token.path) errors.push(required(volume.child('path')));
  else checkNonReservedPath(errors, volume.child('path'), token.path);
}
