/**
 * Annotations of Pods that mean something to the API: mirror Pods, deletion cost, and the old seccomp and AppArmor settings.
 */

import { type FieldError, type FieldPath, forbiddenField, invalidValue } from '../../../base/field.ts';
import { goQuote } from '../../../base/go-quote.ts';
import type { Container, PodSpec, SeccompProfile } from '../../types.generated.ts';
import { checkDescendingPath } from './paths.ts';

const MIRROR_POD = 'kubernetes.io/config.mirror';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
export const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const LOCALHOST = 'localhost/';
const RUNTIME_DEFAULTS: ReadonlySet<string> = new Set(['runtime/default', 'docker/default']);

type Annotations = Readonly<Record<string, string>>;

export function checkPodAnnotations(
  errors: FieldError[],
  annotations: Annotations | undefined,
  spec: PodSpec,
  at: FieldPath,
): void {
  if (!annotations) return;
  const mirror = annotations[MIRROR_POD];
  if (mirror !== undefined && !spec.nodeName) {
    const detail = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(invalidValue(at.key(MIRROR_POD), mirror, detail));
  }
  checkDeletionCost(errors, annotations[DELETION_COST], at.key(DELETION_COST));
  for (const key of Object.keys(annotations)) {
    const value = annotations[key]!;
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) checkSeccompValue(errors, value, at.child(key));
  }
  for (const key of Object.keys(annotations)) {
    if (key.startsWith(APP_ARMOR)) checkAppArmorValue(errors, key, annotations[key]!, spec, at.key(key));
  }
}

function checkDeletionCost(errors: FieldError[], text: string | undefined, at: FieldPath): void {
  if (text === undefined) return;
  const good = /^(0|-?[1-9]\d*)$/.test(text) && Math.abs(Number(text) + 0.5) <= 2 ** 31;
  if (!good) errors.push(invalidValue(at, text, 'must be a 32bit integer'));
}

function checkSeccompValue(errors: FieldError[], value: string, at: FieldPath): void {
  if (RUNTIME_DEFAULTS.has(value) || value === 'unconfined') return;
  if (value.startsWith(LOCALHOST)) checkDescendingPath(errors, at, value.slice(LOCALHOST.length));
  else errors.push(invalidValue(at, value, 'must be a valid seccomp profile'));
}

function checkAppArmorValue(errors: FieldError[], key: string, value: string, spec: PodSpec, at: FieldPath): void {
  const name = key.slice(APP_ARMOR.length);
  if (!containersOf(spec).some(({ container }) => container.name === name)) {
    errors.push(invalidValue(at, name, 'container not found'));
  }
  if (value !== '' && value !== 'runtime/default' && value !== 'unconfined' && !value.startsWith(LOCALHOST)) {
    errors.push(invalidValue(at, value, `invalid AppArmor profile name: ${goQuote(value)}`));
  }
}

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

interface PlacedContainer {
  readonly list: (typeof LISTS)[number];
  readonly index: number;
  readonly container: Container;
}

/** All containers of a Pod with the lists that hold them. */
export function containersOf(spec: PodSpec): PlacedContainer[] {
  const placed: PlacedContainer[] = [];
  for (const list of LISTS) {
    const containers = spec[list];
    if (!containers) continue;
    for (let index = 0; index < containers.length; index++) placed.push({ list, index, container: containers[index]! });
  }
  return placed;
}

/** Where annotation and field both name a profile they must name the same. */
export function checkProfilesAgree(
  errors: FieldError[],
  annotations: Annotations | undefined,
  spec: PodSpec,
  at: FieldPath,
): void {
  if (!annotations) return;
  const podProfile = spec.securityContext?.seccompProfile;
  const field = ['securityContext', 'seccompProfile'] as const;
  if (podProfile && annotations[SECCOMP_POD] !== undefined) {
    checkAgree(errors, annotations[SECCOMP_POD], podProfile, at.child(...field), 'seccomp');
  }
  const containers = containersOf(spec);
  for (const { list, index, container } of containers) {
    const profile = container.securityContext?.seccompProfile;
    const annotation = annotations[SECCOMP_CONTAINER + container.name];
    if (profile && annotation !== undefined) {
      checkAgree(
        errors,
        annotation,
        profile,
        at
          .child(list)
          .index(index)
          .child(...field),
        'seccomp',
      );
    }
  }
  for (const { list, index, container } of containers) {
    const profile = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
    const annotation = annotations[APP_ARMOR + container.name];
    if (profile && annotation !== undefined) {
      const where = at.child(list).index(index).child('securityContext', 'appArmorProfile');
      checkAgree(errors, annotation, profile, where, 'apparmor');
    }
  }
}

function checkAgree(
  errors: FieldError[],
  annotation: string,
  { type, localhostProfile }: SeccompProfile,
  at: FieldPath,
  what: 'seccomp' | 'apparmor',
): void {
  const agrees =
    type === 'Unconfined'
      ? annotation === 'unconfined'
      : type === 'RuntimeDefault'
        ? annotation === 'runtime/default' || (what === 'seccomp' && annotation === 'docker/default')
        : type !== 'Localhost' || annotation.startsWith(LOCALHOST);
  if (!agrees) {
    errors.push(forbiddenField(at.child('type'), `${what} type in annotation and field must match`));
  } else if (type === 'Localhost' && annotation.slice(LOCALHOST.length) !== localhostProfile) {
    errors.push(forbiddenField(at.child('localhostProfile'), `${what} profile in annotation and field must match`));
  }
}

/** An update may neither add, change nor remove what makes a mirror Pod or its AppArmor profiles. */
export function checkPodAnnotationsUpdate(
  errors: FieldError[],
  annotations: Annotations = {},
  old: Annotations = {},
  at: FieldPath,
): void {
  const refuse = (key: string, verb: string) => {
    if (key.startsWith(APP_ARMOR)) errors.push(forbiddenField(at.key(key), `may not ${verb} AppArmor annotations`));
    if (key === MIRROR_POD) errors.push(forbiddenField(at.key(key), `may not ${verb} mirror pod annotation`));
  };
  for (const key of Object.keys(old)) if (annotations[key] !== old[key]) refuse(key, 'remove or update');
  for (const key of Object.keys(annotations)) if (old[key] === undefined) refuse(key, 'add');
}
