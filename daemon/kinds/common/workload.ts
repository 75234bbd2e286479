/**
 * What the kinds that make Pods of a template share (Deployment, ReplicaSet, Job, and later ones).
 */

import { type FieldError, type FieldPath, invalidValue, path, required } from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import { matchesSelector, selectorOf } from '../../base/selector.ts';
import type { LabelSelector, PodTemplateSpec } from '../types.generated.ts';
import { checkLabelSelector, checkNotNegative } from './checks.ts';
import { goMember, goValue } from './go-values.ts';
import { setPodSpecDefaults } from './pod/defaults.ts';
import { checkPodTemplate, checkRunningTemplate } from './pod/spec.ts';
import { hostnameWarnings, podWarnings } from './pod/warnings.ts';

/** Fills in a template; never fails on one that is missing. */
export function setTemplateDefaults(spec: { template?: PodTemplateSpec }): void {
  spec.template ??= {};
  spec.template.metadata ??= {};
  spec.template.spec ??= { containers: [] };
  setPodSpecDefaults(spec.template.spec);
}

/**
 * In place: the creation time that the API server shows in every template although none ever has one.
 * Set while an object is prepared, after it is known who set which field: nobody owns it.
 */
export function showTemplateTime({ spec }: Workload): void {
  if (spec?.template?.metadata) spec.template.metadata.creationTimestamp ??= null as unknown as string;
}

/** `selector` and `template`: the selector must select something, and the template's Pods. */
export function checkSelectorAndTemplate(
  errors: FieldError[],
  { selector, template = {} }: { selector?: LabelSelector; template?: PodTemplateSpec },
  at: FieldPath,
): void {
  const selectorAt = at.child('selector');
  const before = errors.length;
  let isBroken = false;
  if (!selector) {
    errors.push(required(selectorAt));
  } else {
    checkLabelSelector(errors, selector, selectorAt);
    isBroken = errors.length > before;
    if (isEmptySelector(selector)) {
      errors.push(
        invalidValue(selectorAt, goValue('v1.LabelSelector', selector), 'empty selector is invalid for deployment'),
      );
    }
  }
  const parsed = selectorOf(selector);
  if (selector && (!parsed || isBroken)) {
    errors.push(invalidValue(selectorAt, goValue('v1.LabelSelector', selector), 'invalid label selector'));
    return;
  }
  const templateAt = at.child('template');
  const labels = template.metadata?.labels;
  if (!parsed || (parsed.length > 0 && !matchesSelector(parsed, labels))) {
    const detail = '`selector` does not match template `labels`';
    errors.push(
      invalidValue(
        templateAt.child('metadata', 'labels'),
        goMember('map[string]string', template.metadata, 'labels'),
        detail,
      ),
    );
  }
  checkPodTemplate(errors, template, templateAt);
  checkRunningTemplate(errors, template, templateAt, 'ReplicaSet');
}

function isEmptySelector({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels ?? {}).length + (matchExpressions?.length ?? 0) === 0;
}

interface ReplicaCounts {
  replicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
}

/** No count of a status is negative, or greater than the one it is part of. */
export function checkReplicaCounts<T extends ReplicaCounts>(
  errors: FieldError[],
  status: T,
  at: FieldPath,
  notNegative: readonly (keyof T & string)[],
  partsOfAll: readonly (keyof T & string)[],
): void {
  const count = (field: keyof T & string) => (status[field] as number | undefined) ?? 0;
  for (const field of notNegative) checkNotNegative(errors, at.child(field), count(field));
  for (const field of partsOfAll) {
    if (count(field) > (status.replicas ?? 0)) {
      errors.push(invalidValue(at.child(field), count(field), 'cannot be greater than status.replicas'));
    }
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    const detail = 'cannot be greater than readyReplicas';
    errors.push(invalidValue(at.child('availableReplicas'), count('availableReplicas'), detail));
  }
}

interface Workload extends KubeObject {
  spec?: { template?: PodTemplateSpec };
}

/** Of a new object, and of an update that changes what the object asks for. `own`: of the kind itself. */
export function templateWarnings(
  object: Readonly<Workload>,
  old: Readonly<Workload> | undefined,
  own: readonly string[] = [],
): string[] {
  if (old && deepEqual(object.spec, old.spec)) return [];
  const names = old ? [] : hostnameWarnings(object.metadata?.name ?? '', 'Pod names and hostnames');
  const { spec, metadata } = object.spec?.template ?? {};
  return [...names, ...own, ...podWarnings(spec ?? { containers: [] }, metadata, path('spec').child('template'))];
}

/** The containers' names and images, as wide tables show them. */
export function containerCells(template: PodTemplateSpec | undefined): [names: string, images: string] {
  const containers = template?.spec?.containers ?? [];
  return [containers.map(({ name }) => name).join(','), containers.map(({ image }) => image ?? '').join(',')];
}
