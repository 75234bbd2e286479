/**
 * Resource names and amounts: `resources` of containers, capacities of nodes.
 */

import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '../../../base/field.ts';
import { qualifiedNameProblems } from '../../../base/names.ts';
import { canonicalQuantity, compareQuantities, isWholeQuantity, parseQuantity } from '../../../base/quantity.ts';
import type { ResourceRequirements } from '../../types.generated.ts';
import { checkProblems, NOT_NEGATIVE } from '../checks.ts';
import { goValue } from '../go-values.ts';

export const HUGE_PAGES = 'hugepages-';
const COMPUTE: ReadonlySet<string> = new Set(['cpu', 'memory']);
const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);
/** Counted objects: only whole numbers make sense. */
const INTEGER_RESOURCES: ReadonlySet<string> = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const STANDARD_RESOURCES: ReadonlySet<string> = new Set([
  ...CONTAINER_RESOURCES,
  ...INTEGER_RESOURCES,
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'storage',
  'requests.storage',
]);

/** What a ResourceQuota may bound by a short name; hugepages-… and requests.hugepages-… besides. */
const QUOTA_RESOURCES: ReadonlySet<string> = new Set([...STANDARD_RESOURCES].filter((name) => name !== 'storage'));

const isHugePages = (name: string) => name.startsWith(HUGE_PAGES);
const isQuotaHugePages = (name: string) => isHugePages(name) || name.startsWith(`requests.${HUGE_PAGES}`);
const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/');
export const isStandardQuotaResource = (name: string) => QUOTA_RESOURCES.has(name) || isQuotaHugePages(name);
export const isOvercommitAllowed = (name: string) => isNative(name) && !isHugePages(name);

/** Resources of devices and the like: a domain of their own, whole numbers only. */
export function isExtendedResource(name: string): boolean {
  if (isNative(name) || name.startsWith('requests.')) return false;
  return qualifiedNameProblems(`requests.${name}`).length === 0;
}

export function checkStandardResourceName(errors: FieldError[], at: FieldPath, name: string): void {
  const problems = qualifiedNameProblems(name);
  checkProblems(errors, at, name, problems);
  if (problems.length === 0 && !name.includes('/') && !STANDARD_RESOURCES.has(name) && !isQuotaHugePages(name)) {
    errors.push(invalidValue(at, name, 'must be a standard resource type or fully qualified'));
  }
}

/** A resource that containers ask for. */
export function checkContainerResourceName(errors: FieldError[], at: FieldPath, name: string): void {
  checkStandardResourceName(errors, at, name);
  if (!name.includes('/')) {
    if (!CONTAINER_RESOURCES.has(name) && !isHugePages(name)) {
      errors.push(invalidValue(at, name, 'must be a standard resource for containers'));
    }
  } else if (!isNative(name) && !isExtendedResource(name)) {
    errors.push(invalidValue(at, name, "doesn't follow extended resource name standard"));
  }
}

/** The amount of one resource: never negative, whole where it counts things. */
export function checkResourceAmount(errors: FieldError[], at: FieldPath, name: string, amount: string): void {
  if (compareQuantities(amount, '0') < 0) errors.push(invalidValue(at, canonicalQuantity(amount), NOT_NEGATIVE));
  if ((INTEGER_RESOURCES.has(name) || isExtendedResource(name)) && !isWholeQuantity(amount)) {
    errors.push(invalidValue(at, goValue('resource.Quantity', amount), 'must be an integer'));
  }
}

function checkHugePages(errors: FieldError[], at: FieldPath, name: string, amount: string): void {
  const size = parseQuantity(name.slice(HUGE_PAGES.length))?.nanos ?? 0n;
  const nanos = parseQuantity(amount)?.nanos ?? 0n;
  if (size > 0n && nanos % size === 0n) return;
  const text = canonicalQuantity(amount);
  errors.push(invalidValue(at, text, `${text} is not positive integer multiple of ${name}`));
}

/** `resources` of a container. */
export function checkResourceRequirements(
  errors: FieldError[],
  requirements: ResourceRequirements | undefined,
  at: FieldPath,
): void {
  if (!requirements) return;
  const { limits = {}, requests = {} } = requirements;
  const limitNames = Object.keys(limits);
  const requestNames = Object.keys(requests);
  for (const name of limitNames) {
    const entry = at.child('limits').key(name);
    checkContainerResourceName(errors, entry, name);
    checkResourceAmount(errors, entry, name, limits[name]!);
    if (isHugePages(name)) checkHugePages(errors, entry, name, limits[name]!);
  }
  for (const name of requestNames) checkRequest(errors, at, name, requests[name]!, limits[name]);
  const names = [...limitNames, ...requestNames];
  if (names.some(isHugePages) && !names.some((name) => COMPUTE.has(name))) {
    errors.push(forbiddenField(at, 'HugePages require cpu or memory'));
  }
}

function checkRequest(
  errors: FieldError[],
  at: FieldPath,
  name: string,
  amount: string,
  limit: string | undefined,
): void {
  const requests = at.child('requests');
  const entry = requests.key(name);
  checkContainerResourceName(errors, entry, name);
  checkResourceAmount(errors, entry, name, amount);
  if (limit !== undefined) {
    const comparison = compareQuantities(amount, limit);
    const text = canonicalQuantity(amount);
    const of = `${name} limit of ${canonicalQuantity(limit)}`;
    if (comparison !== 0 && !isOvercommitAllowed(name)) {
      errors.push(invalidValue(requests, text, `must be equal to ${of}`));
    } else if (comparison > 0) {
      errors.push(invalidValue(requests, text, `must be less than or equal to ${of}`));
    }
  } else if (!isOvercommitAllowed(name)) {
    errors.push(required(at.child('limits'), 'Limit must be set for non overcommitable resources'));
  }
  if (isHugePages(name)) checkHugePages(errors, entry, name, amount);
}
