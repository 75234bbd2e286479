/**
 * `env`, `envFrom` and the selectors of the downward API that variables and volumes share.
 */

import { type FieldError, type FieldPath, invalidValue, notSupported, required } from '../../../base/field.ts';
import {
  configKeyProblems,
  dns1123SubdomainProblems,
  environmentNameProblems,
  qualifiedNameProblems,
} from '../../../base/names.ts';
import { canonicalQuantity, compareQuantities } from '../../../base/quantity.ts';
import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '../../types.generated.ts';
import { checkProblems } from '../checks.ts';
import { subdomainName } from '../names.ts';

/** `fieldRef` paths that a variable may take, in the order in which the API server lists them. */
const ENVIRONMENT_FIELDS: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

const RESOURCE_FIELDS: readonly string[] = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const HUGE_PAGES_FIELDS = ['limits.hugepages-', 'requests.hugepages-'];

/** Every path of a Pod that the downward API can name at all. */
const CONVERTIBLE_FIELDS: ReadonlySet<string> = new Set([
  ...ENVIRONMENT_FIELDS,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);

const CPU_DIVISORS: ReadonlySet<string> = new Set(['1m', '1']);
const SIZE_DIVISORS: ReadonlySet<string> = new Set([
  '1',
  '1k',
  '1M',
  '1G',
  '1T',
  '1P',
  '1E',
  '1Ki',
  '1Mi',
  '1Gi',
  '1Ti',
  '1Pi',
  '1Ei',
]);
const SIZE_DIVISOR_LIST = [...SIZE_DIVISORS].join(', ');

export function checkEnvironment(errors: FieldError[], variables: readonly EnvVar[] | undefined, at: FieldPath): void {
  variables?.forEach((variable, index) => {
    const entry = at.index(index);
    if (!variable.name) errors.push(required(entry.child('name')));
    else checkProblems(errors, entry.child('name'), variable.name, environmentNameProblems(variable.name));
    if (variable.valueFrom) {
      checkSource(errors, variable.valueFrom, variable.value ?? '', entry.child('valueFrom'));
    }
  });
}

function checkSource(errors: FieldError[], source: EnvVarSource, value: string, at: FieldPath): void {
  let sources = 0;
  if (source.fieldRef) {
    sources++;
    checkFieldSelector(errors, source.fieldRef, ENVIRONMENT_FIELDS, at.child('fieldRef'));
  }
  if (source.resourceFieldRef) {
    sources++;
    checkResourceSelector(errors, source.resourceFieldRef, at.child('resourceFieldRef'), false);
  }
  if (source.configMapKeyRef) {
    sources++;
    checkKeySelector(errors, source.configMapKeyRef, at.child('configMapKeyRef'));
  }
  if (source.secretKeyRef) {
    sources++;
    checkKeySelector(errors, source.secretKeyRef, at.child('secretKeyRef'));
  }
  if (sources === 0) {
    const detail = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    errors.push(invalidValue(at, '', detail));
  } else if (value !== '') {
    errors.push(invalidValue(at, '', 'may not be specified when `value` is not empty'));
  } else if (sources > 1) {
    errors.push(invalidValue(at, '', 'may not have more than one field specified at a time'));
  }
}

function checkKeySelector(errors: FieldError[], { name, key }: { name?: string; key?: string }, at: FieldPath): void {
  checkProblems(errors, at.child('name'), name ?? '', dns1123SubdomainProblems(name ?? ''));
  if (!key) errors.push(required(at.child('key')));
  else checkProblems(errors, at.child('key'), key, configKeyProblems(key));
}

/** `metadata.labels['x']` → its path and key; undefined for a path without a key. */
function splitSubscript(fieldPath: string): { field: string; key: string } | undefined {
  const open = fieldPath.indexOf("['");
  if (!fieldPath.endsWith("']") || open <= 0) return undefined;
  return { field: fieldPath.slice(0, open), key: fieldPath.slice(open + 2, -2) };
}

/** A `fieldRef` whose path must be one of `supported` (or a single label or annotation). */
export function checkFieldSelector(
  errors: FieldError[],
  selector: ObjectFieldSelector,
  supported: readonly string[],
  at: FieldPath,
): void {
  if (!selector.apiVersion) {
    errors.push(required(at.child('apiVersion')));
    return;
  }
  if (!selector.fieldPath) {
    errors.push(required(at.child('fieldPath')));
    return;
  }
  const subscript = splitSubscript(selector.fieldPath);
  const problem = conversionProblem(selector, subscript?.field);
  if (problem) {
    errors.push(invalidValue(at.child('fieldPath'), selector.fieldPath, `error converting fieldPath: ${problem}`));
    return;
  }
  const field = selector.fieldPath === 'spec.host' ? 'spec.nodeName' : selector.fieldPath;
  if (subscript) {
    const key = subscript.field === 'metadata.annotations' ? subscript.key.toLowerCase() : subscript.key;
    checkProblems(errors, at, key, qualifiedNameProblems(key));
  } else if (!supported.includes(field)) {
    errors.push(notSupported(at.child('fieldPath'), field, supported));
  }
}

function conversionProblem({ apiVersion, fieldPath }: ObjectFieldSelector, field: string | undefined): string {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`;
  if (field !== undefined) {
    const known = field === 'metadata.annotations' || field === 'metadata.labels';
    return known ? '' : `field label does not support subscript: ${fieldPath}`;
  }
  return CONVERTIBLE_FIELDS.has(fieldPath) || fieldPath === 'spec.host'
    ? ''
    : `field label not supported: ${fieldPath}`;
}

/** A `resourceFieldRef`; volumes must name the container. */
export function checkResourceSelector(
  errors: FieldError[],
  selector: ResourceFieldSelector,
  at: FieldPath,
  inVolume: boolean,
): void {
  const resource = selector.resource ?? '';
  if (inVolume && !selector.containerName) {
    errors.push(required(at.child('containerName')));
  } else if (!resource) {
    errors.push(required(at.child('resource')));
  } else if (!RESOURCE_FIELDS.includes(resource) && !HUGE_PAGES_FIELDS.some((one) => resource.startsWith(one))) {
    errors.push(notSupported(at.child('resource'), resource, RESOURCE_FIELDS));
  }
  checkDivisor(errors, resource, selector.divisor, at.child('divisor'));
}

function checkDivisor(errors: FieldError[], resource: string, divisor: string | undefined, at: FieldPath): void {
  if (!divisor || compareQuantities(divisor, '0') === 0) return;
  const text = canonicalQuantity(divisor);
  const refuse = (allowed: string, what: string) =>
    errors.push(invalidValue(at, resource, `only divisor's values ${allowed} are supported with the ${what} resource`));
  if (resource.endsWith('.cpu')) {
    if (!CPU_DIVISORS.has(text)) refuse('1m and 1', 'cpu');
  } else if (!SIZE_DIVISORS.has(text)) {
    if (resource.endsWith('.memory')) refuse(SIZE_DIVISOR_LIST, 'memory');
    else if (resource.endsWith('.ephemeral-storage')) refuse(SIZE_DIVISOR_LIST, 'local ephemeral storage');
    else if (HUGE_PAGES_FIELDS.some((one) => resource.startsWith(one))) refuse(SIZE_DIVISOR_LIST, 'hugepages');
  }
}

export function checkEnvironmentFrom(
  errors: FieldError[],
  sources: readonly EnvFromSource[] | undefined,
  at: FieldPath,
): void {
  sources?.forEach((source, index) => {
    const entry = at.index(index);
    if (source.prefix) {
      checkProblems(errors, entry.child('prefix'), source.prefix, environmentNameProblems(source.prefix));
    }
    if (source.configMapRef) checkSourceName(errors, source.configMapRef.name, entry.child('configMapRef', 'name'));
    if (source.secretRef) checkSourceName(errors, source.secretRef.name, entry.child('secretRef', 'name'));
    if (!source.configMapRef && !source.secretRef) {
      errors.push(invalidValue(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (source.configMapRef && source.secretRef) {
      errors.push(invalidValue(at, '', 'may not have more than one field specified at a time'));
    }
  });
}

function checkSourceName(errors: FieldError[], name: string | undefined, at: FieldPath): void {
  if (!name) errors.push(required(at));
  else checkProblems(errors, at, name, subdomainName(name, true));
}
