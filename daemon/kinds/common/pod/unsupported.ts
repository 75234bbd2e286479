/**
 * Fields of a Pod that the schema knows and Reflet does not carry out yet. Set to other than their default they are refused by
 * name; nothing is silently ignored. The list shrinks as parts are built.
 */

import { type FieldError, type FieldPath, forbiddenField } from '../../../base/field.ts';
import type { Container, PodSpec, PodTemplateSpec, SecurityContext, Volume } from '../../types.generated.ts';
import { APP_ARMOR, containersOf } from './annotations.ts';
import { sourcesOf } from './volumes.ts';

export const NOT_SUPPORTED_YET = 'not supported yet';

const SUPPORTED_VOLUMES: ReadonlySet<string> = new Set([
  'emptyDir',
  'hostPath',
  'configMap',
  'secret',
  'projected',
  'downwardAPI',
]);
const EMPTY_DIR_MEDIA: ReadonlySet<string> = new Set(['', 'Memory']);

/** Of a template. Of a Pod itself, admission refuses these by the words that Kubernetes has for them. */
export function unsupportedInTemplate(template: PodTemplateSpec, at: FieldPath): FieldError[] {
  const { runtimeClassName, overhead = {} } = template.spec ?? {};
  const errors: FieldError[] = [];
  const refuse = (field: string) => errors.push(forbiddenField(at.child('spec', field), NOT_SUPPORTED_YET));
  if (runtimeClassName) refuse('runtimeClassName');
  if (Object.keys(overhead).length > 0) refuse('overhead');
  return [...errors, ...unsupportedInPod(template, at)];
}

/** Of a Pod (`at` is the empty path) or of a template. */
export function unsupportedInPod({ spec, metadata }: PodTemplateSpec, at: FieldPath): FieldError[] {
  const errors = spec ? unsupportedInPodSpec(spec, at.child('spec')) : [];
  for (const [key, value] of Object.entries(metadata?.annotations ?? {})) {
    if (!key.startsWith(APP_ARMOR) || value === '' || value === 'unconfined') continue;
    errors.push(forbiddenField(at.child('metadata', 'annotations').key(key), NOT_SUPPORTED_YET));
  }
  return errors;
}

function unsupportedInPodSpec(spec: PodSpec, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (field: FieldPath) => errors.push(forbiddenField(field, NOT_SUPPORTED_YET));
  if (spec.resourceClaims?.length) refuse(at.child('resourceClaims'));
  if (spec.resources && Object.keys(spec.resources).length > 0) refuse(at.child('resources'));
  if (spec.hostUsers === false) refuse(at.child('hostUsers'));
  if (spec.os && spec.os.name !== 'linux') refuse(at.child('os'));
  refusePodSecurity(refuse, spec, at.child('securityContext'));
  spec.volumes?.forEach((volume, index) => {
    refuseVolume(refuse, volume, at.child('volumes').index(index));
  });
  for (const { list, index, container } of containersOf(spec)) {
    refuseContainer(refuse, container, at.child(list).index(index));
  }
  return errors;
}

type Refuse = (field: FieldPath) => void;

function refusePodSecurity(refuse: Refuse, { securityContext }: PodSpec, at: FieldPath): void {
  if (!securityContext) return;
  refuseShared(refuse, securityContext, at);
  if ((securityContext.fsGroupChangePolicy ?? 'Always') !== 'Always') refuse(at.child('fsGroupChangePolicy'));
  if ((securityContext.supplementalGroupsPolicy ?? 'Merge') !== 'Merge') refuse(at.child('supplementalGroupsPolicy'));
  if (securityContext.seLinuxChangePolicy !== undefined) refuse(at.child('seLinuxChangePolicy'));
}

function refuseShared(
  refuse: Refuse,
  context: Pick<SecurityContext, 'windowsOptions' | 'appArmorProfile'>,
  at: FieldPath,
): void {
  if (context.windowsOptions && Object.keys(context.windowsOptions).length > 0) refuse(at.child('windowsOptions'));
  if (context.appArmorProfile && context.appArmorProfile.type !== 'Unconfined') refuse(at.child('appArmorProfile'));
}

function refuseVolume(refuse: Refuse, volume: Volume, at: FieldPath): void {
  for (const source of sourcesOf(volume)) if (!SUPPORTED_VOLUMES.has(source)) refuse(at.child(source));
  if (!EMPTY_DIR_MEDIA.has(volume.emptyDir?.medium ?? '')) refuse(at.child('emptyDir', 'medium'));
  volume.projected?.sources?.forEach((source, index) => {
    if (source.clusterTrustBundle) {
      refuse(at.child('projected', 'sources').index(index).child('clusterTrustBundle'));
    }
  });
}

function refuseContainer(refuse: Refuse, container: Container, at: FieldPath): void {
  if (container.volumeDevices?.length) refuse(at.child('volumeDevices'));
  if (container.resizePolicy?.length) refuse(at.child('resizePolicy'));
  if (container.resources?.claims?.length) refuse(at.child('resources', 'claims'));
  if (container.securityContext) {
    refuseShared(refuse, container.securityContext, at.child('securityContext'));
    if ((container.securityContext.procMount ?? 'Default') !== 'Default') {
      refuse(at.child('securityContext', 'procMount'));
    }
  }
  container.volumeMounts?.forEach((mount, index) => {
    if ((mount.recursiveReadOnly ?? 'Disabled') !== 'Disabled') {
      refuse(at.child('volumeMounts').index(index).child('recursiveReadOnly'));
    }
  });
}
