/**
 * Security contexts of Pods and containers, and the old annotations that must agree with them.
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../../../base/field.ts';
import { idProblems } from '../../../base/names.ts';
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from '../../types.generated.ts';
import { checkOneOf, checkProblems } from '../checks.ts';
import { goValue } from '../go-values.ts';
import { checkDescendingPath } from './paths.ts';

const SECCOMP_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const APP_ARMOR_PATH_LENGTH_MAX = 4095; // PATH_MAX - 1
const SYSCTL_LENGTH_MAX = 253;
const SYSCTL = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL_RE = new RegExp(`^${SYSCTL}$`);
/** Sysctls that belong to the network and to the IPC namespace. */
const NETWORK_SYSCTL = /^net[./]/;
const IPC_SYSCTL = /^(kernel[./](shm.*|msg.*|sem)|fs[./]mqueue[./].*)$/;

export function checkPodSecurityContext(errors: FieldError[], spec: PodSpec, at: FieldPath): void {
  const context = spec.securityContext;
  if (!context) return;
  for (const field of ['fsGroup', 'runAsUser', 'runAsGroup'] as const) {
    const id = context[field];
    if (id !== undefined) checkProblems(errors, at.child(field), id, idProblems(id));
  }
  context.supplementalGroups?.forEach((group, index) => {
    checkProblems(errors, at.child('supplementalGroups').index(index), group, idProblems(group));
  });
  if (spec.shareProcessNamespace && spec.hostPID) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalidValue(at.child('shareProcessNamespace'), true, detail));
  }
  if (context.sysctls?.length) checkSysctls(errors, context, spec, at.child('sysctls'));
  if (context.fsGroupChangePolicy !== undefined) {
    checkOneOf(errors, at.child('fsGroupChangePolicy'), context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']);
  }
  checkSeccomp(errors, context.seccompProfile, at.child('seccompProfile'));
  checkAppArmor(errors, context.appArmorProfile, at.child('appArmorProfile'));
  if (context.supplementalGroupsPolicy !== undefined) {
    checkOneOf(errors, at.child('supplementalGroupsPolicy'), context.supplementalGroupsPolicy, ['Merge', 'Strict']);
  }
}

function checkSysctls(errors: FieldError[], context: PodSecurityContext, spec: PodSpec, at: FieldPath): void {
  const names = new Set<string>();
  context.sysctls?.forEach(({ name }, index) => {
    const field = at.index(index).child('name');
    if (!name) {
      errors.push(required(field));
    } else if (name.length > SYSCTL_LENGTH_MAX || !SYSCTL_RE.test(name)) {
      const detail = `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ^${SYSCTL}$`;
      errors.push(invalidValue(field, name, detail));
    } else if (names.has(name)) {
      errors.push(duplicate(field, name));
    }
    if (spec.hostNetwork && NETWORK_SYSCTL.test(name ?? '')) {
      errors.push(invalidValue(field, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC && IPC_SYSCTL.test(name ?? '')) {
      errors.push(invalidValue(field, name, "may not be specified when 'hostIPC' is true"));
    }
    names.add(name);
  });
}

function checkSeccomp(errors: FieldError[], profile: SeccompProfile | undefined, at: FieldPath): void {
  if (!profile) return;
  if (!profile.type) errors.push(required(at.child('type'), 'type is required when seccompProfile is set'));
  else checkOneOf(errors, at.child('type'), profile.type, SECCOMP_TYPES);
  const field = at.child('localhostProfile');
  if (profile.type === 'Localhost') {
    if (profile.localhostProfile === undefined) {
      errors.push(required(field, 'must be set when seccomp type is Localhost'));
    } else {
      checkDescendingPath(errors, field, profile.localhostProfile);
    }
  } else if (profile.localhostProfile !== undefined) {
    errors.push(
      invalidValue(field, goValue('core.SeccompProfile', profile), 'can only be set when seccomp type is Localhost'),
    );
  }
}

function checkAppArmor(errors: FieldError[], profile: AppArmorProfile | undefined, at: FieldPath): void {
  if (!profile) return;
  const field = at.child('localhostProfile');
  const { type, localhostProfile } = profile;
  if (type === 'Localhost') {
    if (localhostProfile !== undefined && localhostProfile.trim() !== localhostProfile) {
      errors.push(invalidValue(field, localhostProfile, 'must not be padded with whitespace'));
    } else if (!localhostProfile) {
      errors.push(required(field, 'must be set when AppArmor type is Localhost'));
    }
    if (Buffer.byteLength(localhostProfile ?? '') > APP_ARMOR_PATH_LENGTH_MAX) {
      errors.push(tooLong(field, '', APP_ARMOR_PATH_LENGTH_MAX));
    }
  } else if (type === 'RuntimeDefault' || type === 'Unconfined') {
    if (localhostProfile !== undefined) {
      errors.push(invalidValue(field, localhostProfile, 'can only be set when AppArmor type is Localhost'));
    }
  } else if (!type) {
    errors.push(required(at.child('type'), 'type is required when appArmorProfile is set'));
  } else {
    errors.push(notSupported(at.child('type'), type, SECCOMP_TYPES));
  }
}

/** `securityContext` of one container. */
export function checkSecurityContext(
  errors: FieldError[],
  context: SecurityContext | undefined,
  at: FieldPath,
  hostUsers: boolean,
): void {
  if (!context) return;
  for (const field of ['runAsUser', 'runAsGroup'] as const) {
    const id = context[field];
    if (id !== undefined) checkProblems(errors, at.child(field), id, idProblems(id));
  }
  checkProcMount(errors, context.procMount, at.child('procMount'), hostUsers);
  checkSeccomp(errors, context.seccompProfile, at.child('seccompProfile'));
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged) {
      const detail = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
      errors.push(invalidValue(at, goValue('core.SecurityContext', context), detail));
    }
    for (const capability of context.capabilities?.add ?? []) {
      if (capability !== 'CAP_SYS_ADMIN') continue;
      const detail = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
      errors.push(invalidValue(at, goValue('core.SecurityContext', context), detail));
    }
  }
  checkAppArmor(errors, context.appArmorProfile, at.child('appArmorProfile'));
}

function checkProcMount(errors: FieldError[], type: string | undefined, at: FieldPath, hostUsers: boolean): void {
  if (type === undefined) return;
  checkOneOf(errors, at, type, ['Default', 'Unmasked']);
  if (hostUsers && type === 'Unmasked') {
    errors.push(invalidValue(at, type, '`hostUsers` must be false to use `Unmasked`'));
  }
}

/** `hostUsers: false` cannot be combined with the host's namespaces. */
export function checkHostUsers(errors: FieldError[], spec: PodSpec, at: FieldPath): void {
  if (spec.hostUsers !== false) return;
  const detail = 'when `pod.Spec.HostUsers` is false';
  if (spec.hostNetwork) errors.push(forbiddenField(at.child('hostNetwork'), detail));
  if (spec.hostPID) errors.push(forbiddenField(at.child('HostPID'), detail));
  if (spec.hostIPC) errors.push(forbiddenField(at.child('HostIPC'), detail));
}
