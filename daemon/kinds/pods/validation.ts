/**
 * The rules of a Pod: new, updated, and its status (`pkg/apis/core/validation`: ValidatePodCreate, ValidatePodUpdate,
 * ValidatePodStatusUpdate).
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  internalField,
  invalidValue,
  path,
  required,
} from '../../base/field.ts';
import { ipFamily } from '../../base/ip.ts';
import { deepEqual } from '../../base/json.ts';
import { rangeDetail } from '../../base/names.ts';
import { checkIp, checkProblems, checkQualifiedName } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { checkImmutable, newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import { checkPodAnnotations, checkPodAnnotationsUpdate, checkProfilesAgree } from '../common/pod/annotations.ts';
import { checkImageSpace } from '../common/pod/containers.ts';
import { checkOnlyAddedTolerations, checkOnlyDeletedGates } from '../common/pod/scheduling.ts';
import { checkPodSpec } from '../common/pod/spec.ts';
import type { Container, ContainerStatus, Pod, PodSpec } from '../types.generated.ts';

const SPEC = path('spec');
const STATUS = path('status');
const ANNOTATIONS = path('metadata').child('annotations');
const INT32_MAX = 2_147_483_647;
const CHANGEABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

const NO_SPEC: PodSpec = { containers: [] };

export function validate(pod: Readonly<Pod>): FieldError[] {
  const errors: FieldError[] = [];
  const spec = pod.spec ?? NO_SPEC;
  checkPodAndSpec(errors, pod, spec);
  if (spec.ephemeralContainers?.length) {
    errors.push(forbiddenField(SPEC.child('ephemeralContainers'), 'cannot be set on create'));
  }
  if (spec.nodeName && spec.schedulingGates?.length) {
    const detail = 'cannot be set until all schedulingGates have been cleared';
    errors.push(forbiddenField(SPEC.child('nodeName'), detail));
  }
  checkProfilesAgree(errors, pod.metadata?.annotations, spec, SPEC);
  return errors;
}

/** What every Pod keeps to, new or not. */
export function validatePodAndSpec(pod: Readonly<Pod>): FieldError[] {
  const errors: FieldError[] = [];
  checkPodAndSpec(errors, pod, pod.spec ?? NO_SPEC);
  return errors;
}

function checkPodAndSpec(errors: FieldError[], pod: Readonly<Pod>, spec: PodSpec): void {
  checkPodAnnotations(errors, pod.metadata?.annotations, spec, ANNOTATIONS);
  checkPodSpec(errors, spec, SPEC, true);
  if (!spec.serviceAccountName) checkNoTokens(errors, spec);
  for (const list of ['containers', 'initContainers'] as const) {
    spec[list]?.forEach((container, index) => {
      checkImageSpace(errors, container.image ?? '', SPEC.child(list).index(index));
    });
  }
}

function checkNoTokens(errors: FieldError[], spec: PodSpec): void {
  spec.volumes?.forEach((volume, index) => {
    volume.projected?.sources?.forEach((source, sourceIndex) => {
      if (!source.serviceAccountToken) return;
      const at = SPEC.child('volumes').index(index).child('projected', 'sources').index(sourceIndex);
      const detail = 'must not be specified when serviceAccountName is not set';
      errors.push(forbiddenField(at.child('serviceAccountToken'), detail));
    });
  });
}

export function validateUpdate(pod: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  const errors = [...ownMetadataErrors(pod, old), ...newMetadataErrors(pod, subdomainName)];
  const spec = pod.spec ?? NO_SPEC;
  const before = old.spec ?? NO_SPEC;
  checkPodAndSpec(errors, pod, spec);
  checkPodAnnotationsUpdate(errors, pod.metadata?.annotations, old.metadata?.annotations, ANNOTATIONS);
  checkPodAnnotations(errors, pod.metadata?.annotations, spec, ANNOTATIONS);
  for (const list of ['containers', 'initContainers'] as const) {
    if (!checkContainerUpdates(errors, spec[list] ?? [], before[list] ?? [], SPEC.child(list))) return errors;
  }
  if (!checkDeadlineUpdate(errors, spec, before)) return errors;
  checkOnlyAddedTolerations(errors, spec.tolerations, before.tolerations, SPEC.child('tolerations'));
  checkOnlyDeletedGates(errors, spec.schedulingGates, before.schedulingGates, SPEC.child('schedulingGates'));
  if (deepEqual(spec, before)) return errors;
  checkFixedFields(errors, spec, before);
  return errors;
}

/** False when nothing further can be compared. */
function checkContainerUpdates(
  errors: FieldError[],
  containers: readonly Container[],
  old: readonly Container[],
  at: FieldPath,
): boolean {
  if (containers.length !== old.length) {
    errors.push(forbiddenField(at, 'pod updates may not add or remove containers'));
    return false;
  }
  containers.forEach((container, index) => {
    if (!container.image) errors.push(required(at.index(index).child('image')));
    checkImageSpace(errors, container.image ?? '', at.index(index));
  });
  return true;
}

/** A deadline may be set, and shortened; never lengthened or removed. */
function checkDeadlineUpdate(errors: FieldError[], spec: PodSpec, old: PodSpec): boolean {
  const at = SPEC.child('activeDeadlineSeconds');
  const { activeDeadlineSeconds: now } = spec;
  const { activeDeadlineSeconds: before } = old;
  if (now === undefined) {
    if (before !== undefined) {
      errors.push(invalidValue(at, null, 'must not update from a positive integer to nil value'));
    }
    return true;
  }
  if (now < 0 || now > INT32_MAX) {
    errors.push(invalidValue(at, now, rangeDetail(0, INT32_MAX)));
    return false;
  }
  if (before !== undefined && before < now) {
    errors.push(invalidValue(at, now, 'must be less than or equal to previous value'));
    return false;
  }
  return true;
}

/** Everything but the fields that may change must be as it was. */
function checkFixedFields(errors: FieldError[], spec: PodSpec, old: PodSpec): void {
  const withOldImages = (list: 'containers' | 'initContainers') =>
    spec[list]?.map((container, index) => ({ ...container, image: old[list]?.[index]?.image }));
  const fixed: PodSpec = {
    ...spec,
    containers: withOldImages('containers') as Container[],
    initContainers: withOldImages('initContainers') as Container[] | undefined,
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
  };
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    fixed.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  }
  if (old.schedulingGates?.length) releaseGated(errors, fixed, old);
  if (deepEqual(fixed, old)) return;
  errors.push(
    forbiddenField(
      SPEC,
      `pod updates may not change fields other than ${CHANGEABLE}\n${describeChanges('core.PodSpec', fixed, old)}`,
    ),
  );
}

/** While scheduling gates hold a Pod back its node selector and node affinity may still be narrowed (KEP-3838). */
function releaseGated(errors: FieldError[], fixed: PodSpec, old: PodSpec): void {
  if (!deepEqual(fixed.nodeSelector ?? {}, old.nodeSelector ?? {})) {
    const kept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => fixed.nodeSelector?.[key] === value);
    if (!kept) {
      const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
      errors.push(invalidValue(SPEC.child('nodeSelector'), goValue('map[string]string', fixed.nodeSelector), detail));
    }
    fixed.nodeSelector = old.nodeSelector;
  }
  if (deepEqual(fixed.affinity?.nodeAffinity ?? null, old.affinity?.nodeAffinity ?? null)) return;
  checkNarrowedAffinity(errors, fixed, old);
  const rest = { ...fixed.affinity, nodeAffinity: old.affinity?.nodeAffinity };
  const empty = Object.values(rest).every((one) => one === undefined);
  fixed.affinity = empty && !old.affinity ? undefined : rest;
}

function checkNarrowedAffinity(errors: FieldError[], fixed: PodSpec, old: PodSpec): void {
  const terms = (spec: PodSpec) =>
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const before = terms(old);
  const now = terms(fixed);
  const at = SPEC.child(
    'affinity',
    'nodeAffinity',
    'requiredDuringSchedulingIgnoredDuringExecution',
    'nodeSelectorTerms',
  );
  if (before.length === 0) return;
  if (before.length !== now.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    errors.push(invalidValue(at, goValue('[]core.NodeSelectorTerm', now), detail));
    return;
  }
  before.forEach((term, index) => {
    const next = now[index]!;
    const onlyAdded = (['matchExpressions', 'matchFields'] as const).every((list) =>
      deepEqual((next[list] ?? []).slice(0, term[list]?.length ?? 0), term[list] ?? []),
    );
    const wasEmpty = !term.matchExpressions?.length && !term.matchFields?.length;
    const isEmpty = !next.matchExpressions?.length && !next.matchFields?.length;
    if (onlyAdded && !(wasEmpty && !isEmpty)) return;
    errors.push(
      invalidValue(
        at.index(index),
        goValue('core.NodeSelectorTerm', next),
        'only additions are allowed (no mutations or deletions)',
      ),
    );
  });
}

/** The members that differ, as `-`/`+` lines of JSON: what was and what was asked for. */
export function describeChanges<T extends object>(type: string, now: T, old: T): string {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort() as (keyof T & string)[];
  const lines = names
    .filter((name) => !deepEqual(now[name] ?? null, old[name] ?? null))
    .flatMap((name) => [
      `-\u00a0\t${name}: ${JSON.stringify(old[name] ?? null)},`,
      `+\u00a0\t${name}: ${JSON.stringify(now[name] ?? null)},`,
    ]);
  return `\u00a0\u00a0${type}{\n${lines.join('\n')}\n\u00a0\u00a0}\n`;
}

export function validateStatusUpdate(pod: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  const errors = ownMetadataErrors(pod, old);
  const { status = {} } = pod;
  const before = old.status ?? {};
  checkPodAnnotationsUpdate(errors, pod.metadata?.annotations, old.metadata?.annotations, ANNOTATIONS);
  checkPodAnnotations(errors, pod.metadata?.annotations, pod.spec ?? NO_SPEC, ANNOTATIONS);
  status.conditions?.forEach(({ type }, index) => {
    if (type === 'PodScheduled' || type === 'Ready' || type === 'Initialized') return;
    checkQualifiedName(errors, path('metadata').child('conditions').index(index).child('Type'), type ?? '');
  });
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== before.nominatedNodeName) {
    checkProblems(errors, STATUS.child('nominatedNodeName'), nominated, subdomainName(nominated, false));
  }
  checkImmutable(errors, status.qosClass, before.qosClass, STATUS.child('qosClass'));
  const policy = old.spec?.restartPolicy ?? 'Always';
  const sidecars = new Set(
    (old.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name),
  );
  for (const list of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const) {
    const effective = list === 'ephemeralContainerStatuses' ? 'Never' : policy;
    const free = list === 'initContainerStatuses' ? sidecars : new Set<string>();
    checkTransitions(errors, status[list], before[list], STATUS.child(list), effective, free);
  }
  checkAddresses(errors, status.podIPs, STATUS.child('podIPs'), 'core.PodIP');
  const [first] = status.hostIPs ?? [];
  if (first && first.ip !== status.hostIP) {
    errors.push(invalidValue(STATUS.child('hostIPs').index(0).child('ip'), first.ip, 'must be equal to `hostIP`'));
  }
  checkAddresses(errors, status.hostIPs, STATUS.child('hostIPs'), 'core.HostIP');
  return errors;
}

/** A container that has ended and is not to be started again stays ended. */
function checkTransitions(
  errors: FieldError[],
  statuses: readonly ContainerStatus[] | undefined,
  old: readonly ContainerStatus[] | undefined,
  at: FieldPath,
  policy: string,
  restartable: ReadonlySet<string>,
): void {
  if (policy === 'Always') return;
  old?.forEach((before, index) => {
    const ended = before.state?.terminated;
    if (!ended || (ended.exitCode !== 0 && policy === 'OnFailure') || restartable.has(before.name)) return;
    for (const now of statuses ?? []) {
      if (now.name !== before.name || now.state?.terminated) continue;
      errors.push(forbiddenField(at.index(index).child('state'), 'may not be transitioned to non-terminated state'));
    }
  });
}

function checkAddresses(
  errors: FieldError[],
  addresses: readonly { ip?: string }[] | undefined,
  at: FieldPath,
  type: string,
): void {
  if (!addresses?.length) return;
  const isValid = addresses.map(({ ip = '' }, index) => checkIp(errors, at.index(index), ip)).every(Boolean);
  if (addresses.length < 2) return;
  // Upstream's word for an address that it could not read.
  if (!isValid) errors.push(internalField(at, 'failed to check for dual stack with error:ip <nil> is invalid'));
  const families = new Set(addresses.map(({ ip = '' }) => ipFamily(ip)));
  if (!isValid || families.size < 2 || addresses.length > 2) {
    errors.push(
      invalidValue(at, goValue(`[]${type}`, addresses), 'may specify no more than one IP for each IP family'),
    );
  }
  const seen = new Set<string>();
  for (const [index, address] of addresses.entries()) {
    if (seen.has(address.ip ?? '')) errors.push(duplicate(at.index(index), goValue(type, address)));
    seen.add(address.ip ?? '');
  }
}
