/**
 * `volumeMounts` and `volumeDevices` of a container against the Pod's volumes.
 */

import {
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notFoundField,
  notSupported,
  required,
} from '../../../base/field.ts';
import type { Container, Volume, VolumeMount } from '../../types.generated.ts';
import { checkDescendingPath, checkNoBacksteps } from './paths.ts';

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];
const RECURSIVE_READ_ONLY = ['Disabled', 'Enabled', 'IfPossible'];

export function checkVolumeMounts(
  errors: FieldError[],
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
  at: FieldPath,
): void {
  const paths = new Set<string>();
  container.volumeMounts?.forEach((mount, index) => {
    const entry = at.index(index);
    if (!mount.name) errors.push(required(entry.child('name')));
    if (!volumes.has(mount.name)) errors.push(notFoundField(entry.child('name'), mount.name ?? ''));
    if (!mount.mountPath) errors.push(required(entry.child('mountPath')));
    if (paths.has(mount.mountPath)) {
      errors.push(invalidValue(entry.child('mountPath'), mount.mountPath, 'must be unique'));
    }
    paths.add(mount.mountPath);
    checkAgainstDevices(errors, mount, container, entry);
    checkSubPaths(errors, mount, entry, at);
    if (mount.mountPropagation !== undefined) {
      checkPropagation(errors, mount.mountPropagation, container, at.child('mountPropagation'));
    }
    checkRecursiveReadOnly(errors, mount, at.child('recursiveReadOnly'));
  });
}

function checkAgainstDevices(errors: FieldError[], mount: VolumeMount, container: Container, at: FieldPath): void {
  for (const device of container.volumeDevices ?? []) {
    if (device.name === mount.name) {
      errors.push(invalidValue(at.child('name'), mount.name, 'must not already exist in volumeDevices'));
    }
    if (device.devicePath === mount.mountPath) {
      errors.push(
        invalidValue(at.child('mountPath'), mount.mountPath, 'must not already exist as a path in volumeDevices'),
      );
    }
  }
}

function checkSubPaths(errors: FieldError[], mount: VolumeMount, entry: FieldPath, at: FieldPath): void {
  if (mount.subPath) checkDescendingPath(errors, at.child('subPath'), mount.subPath);
  if (!mount.subPathExpr) return;
  if (mount.subPath) {
    errors.push(
      invalidValue(entry.child('subPathExpr'), mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
    );
  }
  checkDescendingPath(errors, at.child('subPathExpr'), mount.subPathExpr);
}

function checkPropagation(errors: FieldError[], mode: string, container: Container, at: FieldPath): void {
  if (!PROPAGATIONS.includes(mode)) errors.push(notSupported(at, mode, PROPAGATIONS));
  if (mode === 'Bidirectional' && container.securityContext?.privileged !== true) {
    errors.push(forbiddenField(at, 'Bidirectional mount propagation is available only to privileged containers'));
  }
}

function checkRecursiveReadOnly(errors: FieldError[], mount: VolumeMount, at: FieldPath): void {
  const mode = mount.recursiveReadOnly;
  if (mode === undefined || mode === 'Disabled') return;
  if (mode !== 'Enabled' && mode !== 'IfPossible') {
    errors.push(notSupported(at, mode, RECURSIVE_READ_ONLY));
    return;
  }
  if (!mount.readOnly) errors.push(forbiddenField(at, 'may only be specified when readOnly is true'));
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None') {
    errors.push(forbiddenField(at, 'may only be specified when mountPropagation is None or not specified'));
  }
}

export function checkVolumeDevices(
  errors: FieldError[],
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
  at: FieldPath,
): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  container.volumeDevices?.forEach((device, index) => {
    const entry = at.index(index);
    const { name, devicePath } = device;
    const volume = volumes.get(name);
    if (!name) errors.push(required(entry.child('name')));
    if (names.has(name)) errors.push(invalidValue(entry.child('name'), name, 'must be unique'));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalidValue(entry.child('name'), name, detail));
    }
    if (!volume) errors.push(notFoundField(entry.child('name'), name ?? ''));
    if (!devicePath) errors.push(required(entry.child('devicePath')));
    if (paths.has(devicePath)) errors.push(invalidValue(entry.child('devicePath'), devicePath, 'must be unique'));
    if (devicePath && !checkNoBacksteps([], entry, devicePath)) {
      errors.push(invalidValue(entry.child('devicePath'), devicePath, "can not contain backsteps ('..')"));
    } else {
      paths.add(devicePath);
    }
    for (const mount of container.volumeMounts ?? []) {
      if (mount.name === name) {
        errors.push(invalidValue(entry.child('name'), name, 'must not already exist in volumeMounts'));
      }
      if (mount.mountPath === devicePath) {
        const detail = 'must not already exist as a path in volumeMounts';
        errors.push(invalidValue(entry.child('devicePath'), devicePath, detail));
      }
    }
    if (name) names.add(name);
  });
}
