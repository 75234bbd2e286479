/**
 * The rules of a Job (`pkg/apis/batch/validation`).
 */

import {
  type FieldError,
  type FieldPath,
  invalidValue,
  notSupported,
  path,
  required,
  tooLong,
} from '../../base/field.ts';
import { deepEqual, withoutUndefined } from '../../base/json.ts';
import { dns1123LabelProblems } from '../../base/names.ts';
import type { ObjectMeta } from '../../base/object.ts';
import { matchesSelector, selectorOf } from '../../base/selector.ts';
import { checkDomainPrefixedPath, checkLabelSelector, checkNotNegative } from '../common/checks.ts';
import { goMember, goValue } from '../common/go-values.ts';
import { checkImmutable, newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import { checkPodTemplate } from '../common/pod/spec.ts';
import type { Job, JobSpec, PodTemplateSpec } from '../types.generated.ts';
import { CONTROLLER_UID_LABEL, JOB_NAME_LABEL, LEGACY_CONTROLLER_UID_LABEL, LEGACY_JOB_NAME_LABEL } from './names.ts';
import { checkPodFailurePolicy, checkPodReplacementPolicy, checkSuccessPolicy } from './policies.ts';

const SPEC = path('spec');
const TEMPLATE = SPEC.child('template');
const PARALLELISM_MAX = 100_000;
const FAILED_INDEXES_MAX = 100_000;
/** More completions than this, with a limit for each index, bound the others more tightly: the status would grow too large. */
const MANY_COMPLETIONS = 100_000;
const PARALLELISM_MAX_OF_MANY = 10_000;
const FAILED_INDEXES_MAX_OF_MANY = 10_000;
const MANAGED_BY_BYTES_MAX = 63;
const NONE: JobSpec = { template: {} };

export function validate(job: Readonly<Job>): FieldError[] {
  return validateJob(job, true);
}

/** `hasPrefixedLabels`: the labels with Kubernetes' prefix must be there; older Jobs have only those without. */
function validateJob(job: Readonly<Job>, hasPrefixedLabels: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const spec = job.spec ?? NONE;
  checkGeneratedSelector(errors, job, hasPrefixedLabels);
  checkSpec(errors, spec);
  const { name = '' } = job.metadata ?? {};
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    const hostname = `${name}-${spec.completions! - 1}`;
    if (dns1123LabelProblems(hostname).length > 0) {
      const detail = `will not able to create pod with invalid DNS label: ${hostname}`;
      errors.push(invalidValue(path('metadata').child('name'), name, detail));
    }
  }
  return errors;
}

function checkGeneratedSelector(
  errors: FieldError[],
  { metadata, spec = NONE }: Readonly<Job>,
  hasPrefixed: boolean,
): void {
  if (spec.manualSelector || !spec.selector) return;
  const { name = '', uid = '' } = metadata ?? {};
  if (uid === '') errors.push(required(path('metadata').child('uid')));
  const expected: Record<string, string> = {
    [LEGACY_CONTROLLER_UID_LABEL]: uid,
    [LEGACY_JOB_NAME_LABEL]: name,
    ...(hasPrefixed ? { [CONTROLLER_UID_LABEL]: uid, [JOB_NAME_LABEL]: name } : {}),
  };
  for (const [key, value] of Object.entries(expected)) checkHasLabel(errors, spec.template?.metadata, key, value);
  const selector = selectorOf(spec.selector);
  if (selector && !matchesSelector(selector, expected)) {
    const value = goValue('v1.LabelSelector', spec.selector);
    errors.push(invalidValue(SPEC.child('selector'), value, '`selector` not auto-generated'));
  }
}

function checkHasLabel(errors: FieldError[], meta: ObjectMeta | undefined, key: string, expected: string): void {
  const { labels = {} } = meta ?? {};
  const at = TEMPLATE.child('metadata', 'labels').key(key);
  const detail = `must be '${expected}'`;
  if (labels[key] === undefined) errors.push(required(at, detail));
  else if (labels[key] !== expected) errors.push(invalidValue(at, goValue('map[string]string', labels), detail));
}

function checkSpec(errors: FieldError[], spec: Readonly<JobSpec>): void {
  checkJobSpec(errors, spec, SPEC);
  const at = SPEC.child('selector');
  if (spec.selector) checkLabelSelector(errors, spec.selector, at);
  else errors.push(required(at));
  const selector = selectorOf(spec.selector);
  const { labels } = spec.template?.metadata ?? {};
  // Without a selector Go's matches nothing.
  if ((spec.selector && !selector) || (selector && matchesSelector(selector, labels))) return;
  const detail = '`selector` does not match template `labels`';
  const shown = goMember('map[string]string', spec.template?.metadata, 'labels');
  errors.push(invalidValue(TEMPLATE.child('metadata', 'labels'), shown, detail));
}

/** What a Job and a Job's template have in common. */
function checkJobSpec(errors: FieldError[], spec: Readonly<JobSpec>, at: FieldPath): void {
  checkNotNegative(errors, at.child('parallelism'), spec.parallelism);
  checkNotNegative(errors, at.child('completions'), spec.completions);
  checkNotNegative(errors, at.child('activeDeadlineSeconds'), spec.activeDeadlineSeconds);
  checkNotNegative(errors, at.child('backoffLimit'), spec.backoffLimit);
  checkNotNegative(errors, at.child('ttlSecondsAfterFinished'), spec.ttlSecondsAfterFinished);
  checkNotNegative(errors, at.child('backoffLimitPerIndex'), spec.backoffLimitPerIndex);
  if (spec.maxFailedIndexes !== undefined) {
    checkNotNegative(errors, at.child('maxFailedIndexes'), spec.maxFailedIndexes);
    if (spec.backoffLimitPerIndex === undefined)
      errors.push(required(at.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified'));
  }
  checkManagedBy(errors, spec.managedBy, at.child('managedBy'));
  checkCompletionMode(errors, spec, at);
  if (spec.podFailurePolicy) checkPodFailurePolicy(errors, spec, at.child('podFailurePolicy'));
  checkSuccessPolicy(errors, spec, at.child('successPolicy'));
  checkPodReplacementPolicy(errors, spec, at.child('podReplacementPolicy'));
  checkPodTemplate(errors, spec.template ?? {}, at.child('template'));
  checkRestartPolicy(errors, spec, at.child('template', 'spec', 'restartPolicy'));
}

function checkManagedBy(errors: FieldError[], managedBy: string | undefined, at: FieldPath): void {
  if (managedBy === undefined) return;
  checkDomainPrefixedPath(errors, at, managedBy);
  if (Buffer.byteLength(managedBy) > MANAGED_BY_BYTES_MAX) errors.push(tooLong(at, managedBy, MANAGED_BY_BYTES_MAX));
}

function checkCompletionMode(errors: FieldError[], spec: Readonly<JobSpec>, at: FieldPath): void {
  const { completionMode } = spec;
  if (completionMode === 'Indexed') return checkIndexed(errors, spec, at);
  if (completionMode !== undefined && completionMode !== 'NonIndexed') {
    errors.push(notSupported(at.child('completionMode'), completionMode, ['NonIndexed', 'Indexed']));
    return;
  }
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[field] !== undefined)
      errors.push(invalidValue(at.child(field), spec[field], 'requires indexed completion mode'));
  }
}

function checkIndexed(errors: FieldError[], spec: Readonly<JobSpec>, at: FieldPath): void {
  const { completions, parallelism, maxFailedIndexes } = spec;
  const checkMost = (field: 'parallelism' | 'maxFailedIndexes', max: number, detail: string) => {
    if ((spec[field] ?? 0) > max) errors.push(invalidValue(at.child(field), spec[field], detail));
  };
  if (completions === undefined) errors.push(required(at.child('completions'), 'when completion mode is Indexed'));
  checkMost(
    'parallelism',
    PARALLELISM_MAX,
    `must be less than or equal to ${PARALLELISM_MAX} when completion mode is Indexed`,
  );
  checkMost('maxFailedIndexes', completions ?? Infinity, 'must be less than or equal to completions');
  checkMost('maxFailedIndexes', FAILED_INDEXES_MAX, `must be less than or equal to ${FAILED_INDEXES_MAX}`);
  if ((completions ?? 0) <= MANY_COMPLETIONS || spec.backoffLimitPerIndex === undefined) return;
  if (maxFailedIndexes === undefined) {
    const detail = `must be specified when completions is above ${MANY_COMPLETIONS}`;
    errors.push(required(at.child('maxFailedIndexes'), detail));
  }
  const ofMany = (max: number) =>
    `must be less than or equal to ${max} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  if (parallelism !== undefined) checkMost('parallelism', PARALLELISM_MAX_OF_MANY, ofMany(PARALLELISM_MAX_OF_MANY));
  checkMost('maxFailedIndexes', FAILED_INDEXES_MAX_OF_MANY, ofMany(FAILED_INDEXES_MAX_OF_MANY));
}

function checkRestartPolicy(errors: FieldError[], spec: Readonly<JobSpec>, at: FieldPath): void {
  const policy = spec.template?.spec?.restartPolicy ?? '';
  // Always is what a template that says nothing is given.
  if (policy === '' || policy === 'Always') errors.push(required(at, 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never') errors.push(notSupported(at, policy, ['OnFailure', 'Never']));
  else if (spec.podFailurePolicy && policy !== 'Never')
    errors.push(invalidValue(at, policy, 'only "Never" is supported when podFailurePolicy is specified'));
}

export function validateUpdate(job: Readonly<Job>, old: Readonly<Job>): FieldError[] {
  const labels = old.spec?.template?.metadata?.labels ?? {};
  const hadPrefixed = labels[JOB_NAME_LABEL] !== undefined && labels[CONTROLLER_UID_LABEL] !== undefined;
  const spec = job.spec ?? NONE;
  const oldSpec = old.spec ?? NONE;
  const asNew = [...newMetadataErrors(job, subdomainName), ...validateJob(job, hadPrefixed)];
  const errors = [...asNew, ...ownMetadataErrors(job, old)];
  // Upstream judges the new object as one, and its specification once more as an update: what is wrong with it is told twice.
  checkSpec(errors, spec);
  checkCompletions(errors, spec, oldSpec);
  checkImmutable(errors, spec.selector, oldSpec.selector, SPEC.child('selector'), 'v1.LabelSelector');
  checkTemplateUpdate(errors, spec, old);
  checkImmutable(errors, spec.completionMode, oldSpec.completionMode, SPEC.child('completionMode'));
  checkImmutable(
    errors,
    spec.podFailurePolicy,
    oldSpec.podFailurePolicy,
    SPEC.child('podFailurePolicy'),
    'batch.PodFailurePolicy',
  );
  checkImmutable(errors, spec.backoffLimitPerIndex, oldSpec.backoffLimitPerIndex, SPEC.child('backoffLimitPerIndex'));
  checkImmutable(errors, spec.managedBy, oldSpec.managedBy, SPEC.child('managedBy'));
  checkImmutable(errors, spec.successPolicy, oldSpec.successPolicy, SPEC.child('successPolicy'), 'batch.SuccessPolicy');
  return errors;
}

/** An Indexed Job may grow and shrink, with as many at once as there are to do. */
function checkCompletions(errors: FieldError[], spec: Readonly<JobSpec>, old: Readonly<JobSpec>): void {
  const at = SPEC.child('completions');
  if (spec.completionMode !== 'Indexed') return checkImmutable(errors, spec.completions, old.completions, at);
  if (spec.completions === old.completions || spec.completions === undefined) return;
  if (spec.completions !== spec.parallelism)
    errors.push(invalidValue(at, spec.completions, 'can only be modified in tandem with spec.parallelism'));
}

function checkTemplateUpdate(errors: FieldError[], spec: Readonly<JobSpec>, old: Readonly<Job>): void {
  const template = spec.template ?? {};
  const before = old.spec?.template ?? {};
  const hasNotBegun = old.spec?.suspend === true && old.status?.startTime === undefined;
  const expected = hasNotBegun ? withSchedulingOf(template, before) : before;
  if (deepEqual(template, expected)) return;
  checkImmutable(errors, template, expected, TEMPLATE, 'core.PodTemplateSpec');
}

/** A Job that is suspended and never ran may still be told where to run (KEP-2926). */
function withSchedulingOf(template: Readonly<PodTemplateSpec>, before: Readonly<PodTemplateSpec>): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates, affinity } = template.spec ?? {};
  const { nodeAffinity: _chosen, ...others } = before.spec?.affinity ?? {};
  const merged = { ...others, ...(affinity?.nodeAffinity ? { nodeAffinity: affinity.nodeAffinity } : {}) };
  const isEmpty = Object.keys(merged).length === 0;
  const { labels, annotations } = template.metadata ?? {};
  return withoutUndefined({
    ...before,
    metadata: withoutUndefined({ ...before.metadata, labels, annotations }),
    spec: withoutUndefined({
      ...before.spec!,
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: isEmpty && !affinity ? undefined : merged,
    }),
  });
}
