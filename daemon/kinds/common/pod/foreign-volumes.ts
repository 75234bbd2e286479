/**
 * The rules of volume sources that Reflet does not mount. They are refused by name (`unsupported.ts`), but a mistake within one is
 * told first, as the API server tells it.
 */

import { type FieldError, type FieldPath, invalidValue, notSupported, required, tooLong } from '../../../base/field.ts';
import { dns1123SubdomainProblems, rangeDetail } from '../../../base/names.ts';
import type {
  AzureDiskVolumeSource,
  CSIVolumeSource,
  FCVolumeSource,
  ISCSIVolumeSource,
  Volume,
} from '../../types.generated.ts';
import { checkDns1123Label, checkOneOf, checkProblems } from '../checks.ts';
import { goValue } from '../go-values.ts';
import { checkDescendingPath } from './paths.ts';

/** Members that must not be empty, in the API server's order. */
const REQUIRED: Readonly<Partial<Record<keyof Volume, readonly string[]>>> = {
  gitRepo: ['repository'],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  nfs: ['server', 'path'],
  iscsi: ['targetPortal', 'iqn'],
  glusterfs: ['endpoints', 'path'],
  persistentVolumeClaim: ['claimName'],
  rbd: ['monitors', 'image'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  flexVolume: ['driver'],
  azureFile: ['secretName', 'shareName'],
  vsphereVolume: ['volumePath'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  storageos: ['volumeName'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  csi: ['driver'],
  ephemeral: ['volumeClaimTemplate'],
};

const LUN_MAX = 255;
const CSI_DRIVER_LENGTH_MAX = 63;
const ISCSI_NAME_LENGTH_MAX = 64;
const ISCSI_NAMES: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
};
const HOSTS = 'must be a host:port pair or multiple pairs separated by commas';

const isEmpty = (value: unknown) =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Checks the source `name` of `volume`; `at` is the path that its errors name. */
export function checkForeignSource(errors: FieldError[], volume: Volume, name: keyof Volume, at: FieldPath): void {
  const source = volume[name] as unknown as Readonly<Record<string, unknown>>;
  for (const field of REQUIRED[name] ?? []) if (isEmpty(source[field])) errors.push(required(at.child(field)));
  switch (name) {
    case 'gitRepo':
      checkDescendingPath(errors, at.child('directory'), volume.gitRepo?.directory ?? '');
      return;
    case 'gcePersistentDisk':
    case 'awsElasticBlockStore':
      checkPartition(errors, volume[name]?.partition ?? 0, at.child('partition'));
      return;
    case 'nfs':
      if (!volume.nfs?.path?.startsWith('/')) {
        errors.push(invalidValue(at.child('path'), volume.nfs?.path ?? '', 'must be an absolute path'));
      }
      return;
    case 'iscsi':
      checkIscsi(errors, volume.iscsi!, at);
      return;
    case 'fc':
      checkFibreChannel(errors, volume.fc!, at);
      return;
    case 'azureDisk':
      checkAzureDisk(errors, volume.azureDisk!, at);
      return;
    case 'csi':
      checkCsi(errors, volume.csi!, at);
      return;
    default:
      checkOldSource(errors, volume, name, at);
  }
}

function checkPartition(errors: FieldError[], partition: number, at: FieldPath): void {
  if (partition < 0 || partition > 255) errors.push(invalidValue(at, partition, rangeDetail(1, 255)));
}

function checkIscsi(errors: FieldError[], source: ISCSIVolumeSource, at: FieldPath): void {
  if (source.iqn) checkIscsiName(errors, source.iqn, at.child('iqn'));
  checkLun(errors, source.lun ?? 0, at.child('lun'));
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) {
    errors.push(required(at.child('secretRef')));
  }
  if (source.initiatorName !== undefined) checkIscsiName(errors, source.initiatorName, at.child('initiatorname'));
}

/** With an initiator's name the volume's name and the portal become one name. */
export function checkIscsiPortal(errors: FieldError[], { name, iscsi }: Volume, at: FieldPath): void {
  if (iscsi?.initiatorName === undefined) return;
  if (`${name}:${iscsi.targetPortal}`.length <= ISCSI_NAME_LENGTH_MAX) return;
  const detail =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  errors.push(invalidValue(at.child('name'), name, detail));
}

function checkIscsiName(errors: FieldError[], name: string, at: FieldPath): void {
  const pattern = ISCSI_NAMES[name.slice(0, 3)];
  if (!pattern) errors.push(invalidValue(at, name, 'must be valid format starting with iqn, eui, or naa'));
  else if (!pattern.test(name)) errors.push(invalidValue(at, name, 'must be valid format'));
}

function checkLun(errors: FieldError[], lun: number, at: FieldPath): void {
  if (lun < 0 || lun > LUN_MAX) errors.push(invalidValue(at, lun, rangeDetail(0, LUN_MAX)));
}

function checkFibreChannel(
  errors: FieldError[],
  { targetWWNs = [], wwids = [], lun }: FCVolumeSource,
  at: FieldPath,
): void {
  const field = at.child('targetWWNs');
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(required(field, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (targetWWNs.length === 0) return;
  if (wwids.length > 0) {
    errors.push(
      invalidValue(field, goValue('[]string', targetWWNs), 'targetWWNs and wwids can not be specified simultaneously'),
    );
  }
  if (lun === undefined) errors.push(required(at.child('lun'), 'lun is required if targetWWNs is specified'));
  else checkLun(errors, lun, at.child('lun'));
}

function checkAzureDisk(errors: FieldError[], source: AzureDiskVolumeSource, at: FieldPath): void {
  const { cachingMode, kind, diskURI = '' } = source;
  if (cachingMode !== undefined) {
    checkOneOf(errors, at.child('cachingMode'), cachingMode, ['None', 'ReadOnly', 'ReadWrite']);
  }
  if (kind === undefined) return;
  checkOneOf(errors, at.child('kind'), kind, ['Dedicated', 'Managed', 'Shared']);
  const [prefix, form] =
    kind === 'Managed'
      ? [
          '/subscriptions/',
          '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
        ]
      : ['https://', 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'];
  if (!diskURI.startsWith(prefix)) errors.push(notSupported(at.child('diskURI'), diskURI, [form]));
}

function checkCsi(errors: FieldError[], { driver = '', nodePublishSecretRef }: CSIVolumeSource, at: FieldPath): void {
  const field = at.child('driver');
  if (driver.length > CSI_DRIVER_LENGTH_MAX) errors.push(tooLong(field, driver, CSI_DRIVER_LENGTH_MAX));
  checkProblems(errors, field, driver, dns1123SubdomainProblems(driver.toLowerCase()));
  if (!nodePublishSecretRef) return;
  const { name } = nodePublishSecretRef;
  // The blank is upstream's own slip.
  if (!name) errors.push(required(at.child('nodePublishSecretRef ', 'name')));
  else checkProblems(errors, at.child('name'), name, dns1123SubdomainProblems(name));
}

function checkOldSource(errors: FieldError[], volume: Volume, name: keyof Volume, at: FieldPath): void {
  const { flocker, quobyte, flexVolume, storageos, cinder } = volume;
  if (name === 'flocker') {
    if (!flocker?.datasetName && !flocker?.datasetUUID) {
      errors.push(required(at, 'one of datasetName and datasetUUID is required'));
    }
    if (flocker?.datasetName && flocker.datasetUUID) {
      errors.push(invalidValue(at, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
    }
    if (flocker?.datasetName?.includes('/')) {
      errors.push(invalidValue(at.child('datasetName'), flocker.datasetName, "must not contain '/'"));
    }
  } else if (name === 'quobyte') {
    if (!quobyte?.registry) errors.push(required(at.child('registry'), HOSTS));
    for (const pair of quobyte?.registry?.split(',') ?? []) {
      if (quobyte?.registry && !/^[^:]+:[^:]+$/.test(pair)) {
        errors.push(invalidValue(at.child('registry'), quobyte.registry, HOSTS));
      }
    }
    if (!quobyte?.volume) errors.push(required(at.child('volume')));
  } else if (name === 'flexVolume') {
    for (const key of Object.keys(flexVolume?.options ?? {})) {
      if (!/(^|\.)(kubernetes|k8s)\.io(\/|$)/.test(key.toLowerCase())) continue;
      const detail = 'kubernetes.io and k8s.io namespaces are reserved';
      errors.push(invalidValue(at.child('options').key(key), key, detail));
    }
  } else if (name === 'storageos') {
    if (storageos?.volumeName) checkDns1123Label(errors, at.child('volumeName'), storageos.volumeName);
    if (storageos?.volumeNamespace) checkDns1123Label(errors, at.child('volumeNamespace'), storageos.volumeNamespace);
    if (storageos?.secretRef && !storageos.secretRef.name) errors.push(required(at.child('secretRef', 'name')));
  } else if (name === 'cinder') {
    if (cinder?.secretRef && !cinder.secretRef.name) errors.push(required(at.child('secretRef', 'name')));
  }
}
