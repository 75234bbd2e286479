/**
 * The rules of a LimitRange (`pkg/apis/core/validation`: ValidateLimitRange).
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  path,
  required,
} from '../../base/field.ts';
import { qualifiedNameProblems } from '../../base/names.ts';
import { canonicalQuantity, compareQuantities, quantityMilliValue } from '../../base/quantity.ts';
import { checkProblems } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { newMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import { checkContainerResourceName, checkStandardResourceName, isOvercommitAllowed } from '../common/pod/resources.ts';
import type { LimitRange, LimitRangeItem } from '../types.generated.ts';

const TYPES: ReadonlySet<string> = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);
const BOUNDS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

export function validate(limitRange: Readonly<LimitRange>): FieldError[] {
  const errors: FieldError[] = [];
  const at = path('spec').child('limits');
  const types = new Set<string>();
  limitRange.spec?.limits?.forEach((item, index) => {
    const type = item.type ?? '';
    checkType(errors, at.index(index).child('type'), type);
    if (types.has(type)) errors.push(duplicate(at.index(index).child('type'), type));
    types.add(type);
    checkItem(errors, item, at.index(index));
  });
  return errors;
}

export function validateUpdate(limitRange: Readonly<LimitRange>): FieldError[] {
  return [...newMetadataErrors(limitRange, subdomainName), ...validate(limitRange)];
}

function checkType(errors: FieldError[], at: FieldPath, type: string): void {
  const problems = qualifiedNameProblems(type);
  checkProblems(errors, at, type, problems);
  if (problems.length > 0 || type.includes('/') || TYPES.has(type)) return;
  errors.push(invalidValue(at, type, 'must be a standard limit type or fully qualified'));
}

function checkItem(errors: FieldError[], item: LimitRangeItem, at: FieldPath): void {
  const isPod = item.type === 'Pod';
  const names = new Set<string>();
  const ofContainers = isPod || item.type === 'Container';
  const checkName = ofContainers ? checkContainerResourceName : checkStandardResourceName;
  for (const bound of BOUNDS) {
    if (isPod && (bound === 'default' || bound === 'defaultRequest')) {
      if (Object.keys(item[bound] ?? {}).length > 0)
        errors.push(forbiddenField(at.child(bound), "may not be specified when `type` is 'Pod'"));
      continue;
    }
    for (const name of Object.keys(item[bound] ?? {})) {
      checkName(errors, at.child(bound).key(name), name);
      names.add(name);
    }
    if (bound === 'defaultRequest') checkStorage(errors, item, at);
  }
  for (const name of names)
    checkRelations(errors, isPod ? { ...item, default: {}, defaultRequest: {} } : item, name, at);
}

function checkStorage(errors: FieldError[], { type, min, max }: LimitRangeItem, at: FieldPath): void {
  if (type !== 'PersistentVolumeClaim' || min?.storage !== undefined || max?.storage !== undefined) return;
  const detail = 'either minimum or maximum storage value is required, but neither was provided';
  errors.push(required(at.child('limits'), detail));
}

/** What must hold between the bounds of one resource. */
function checkRelations(errors: FieldError[], item: LimitRangeItem, name: string, at: FieldPath): void {
  const { min, max, default: limit, defaultRequest: request } = item;
  const relations = [
    ['min', min, max, min, 'min value', 'max value'],
    ['defaultRequest', min, request, request, 'min value', 'default request value'],
    ['defaultRequest', request, max, request, 'default request value', 'max value'],
    ['defaultRequest', request, limit, request, 'default request value', 'default limit value'],
    ['default', min, limit, min, 'min value', 'default value'],
    ['default', limit, max, max, 'default value', 'max value'],
  ] as const;
  for (const [field, smaller, greater, told, smallerName, greaterName] of relations) {
    const low = smaller?.[name];
    const high = greater?.[name];
    if (low === undefined || high === undefined || compareQuantities(low, high) <= 0) continue;
    const detail = `${smallerName} ${canonicalQuantity(low)} is greater than ${greaterName} ${canonicalQuantity(high)}`;
    errors.push(invalidValue(at.child(field).key(name), goValue('resource.Quantity', told?.[name]), detail));
  }
  checkRatio(errors, item, name, at);
  if (isOvercommitAllowed(name) || limit?.[name] === undefined || request?.[name] === undefined) return;
  if (compareQuantities(limit[name], request[name]) === 0) return;
  const values = `${canonicalQuantity(limit[name])} must equal to defaultRequest value ${canonicalQuantity(request[name])}`;
  errors.push(
    invalidValue(
      at.child('defaultRequest').key(name),
      goValue('resource.Quantity', request[name]),
      `default value ${values} in ${name}`,
    ),
  );
}

function checkRatio(
  errors: FieldError[],
  { min, max, maxLimitRequestRatio }: LimitRangeItem,
  name: string,
  at: FieldPath,
): void {
  const ratio = maxLimitRequestRatio?.[name];
  if (ratio === undefined) return;
  const entry = at.child('maxLimitRequestRatio').key(name);
  const told = goValue('resource.Quantity', ratio);
  const text = canonicalQuantity(ratio);
  if (compareQuantities(ratio, '1') < 0) errors.push(invalidValue(entry, told, `ratio ${text} is less than 1`));
  if (min?.[name] === undefined || max?.[name] === undefined) return;
  const widest = quantityMilliValue(max[name]) / quantityMilliValue(min[name]);
  if (quantityMilliValue(ratio) / 1000 > widest)
    errors.push(invalidValue(entry, told, `ratio ${text} is greater than max/min = ${goFloat(widest)}`));
}

/** As Go's `%f` prints it. */
const goFloat = (value: number): string => (Number.isFinite(value) ? value.toFixed(6) : value > 0 ? '+Inf' : 'NaN');
