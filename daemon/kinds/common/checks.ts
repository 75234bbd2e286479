/**
 * Small checks that many kinds' validations share. Each appends what is wrong to `errors`; wording and field paths are the API server's.
 */

import {
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../base/field.ts';
import { addressScope, cidrFamily, ipFamily } from '../../base/ip.ts';
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  percentProblems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
} from '../../base/names.ts';
import type { LabelSelectorObject } from '../../base/selector.ts';
import { goValue } from './go-values.ts';
import { checkLabels } from './metadata.ts';

export const NOT_NEGATIVE = 'must be greater than or equal to 0';
export const POSITIVE = 'must be greater than zero';

/** One error for each problem. */
export function checkProblems(errors: FieldError[], at: FieldPath, value: unknown, problems: readonly string[]): void {
  for (const detail of problems) errors.push(invalidValue(at, value, detail));
}

export function checkNotNegative(errors: FieldError[], at: FieldPath, value: number | undefined): void {
  if (value !== undefined && value < 0) errors.push(invalidValue(at, value, NOT_NEGATIVE));
}

export function checkDns1123Label(errors: FieldError[], at: FieldPath, value: string): void {
  checkProblems(errors, at, value, dns1123LabelProblems(value));
}

export function checkDns1123Subdomain(errors: FieldError[], at: FieldPath, value: string): void {
  checkProblems(errors, at, value, dns1123SubdomainProblems(value));
}

export function checkQualifiedName(errors: FieldError[], at: FieldPath, value: string): void {
  checkProblems(errors, at, value, qualifiedNameProblems(value));
}

const HTTP_PATH = String.raw`[A-Za-z0-9/\-._~%!$&'()*+,;=:]+`;
const HTTP_PATH_RE = new RegExp(`^${HTTP_PATH}$`);

/** `example.com/name` (`IsDomainPrefixedPath`). */
export function checkDomainPrefixedPath(errors: FieldError[], at: FieldPath, value: string): void {
  if (value === '') return void errors.push(required(at));
  const slash = value.indexOf('/');
  if (slash <= 0 || slash === value.length - 1)
    return void errors.push(invalidValue(at, value, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  checkDns1123Subdomain(errors, at, value.slice(0, slash));
  const path = value.slice(slash + 1);
  if (!HTTP_PATH_RE.test(path))
    errors.push(invalidValue(at, path, `Invalid path (regex used for validation is '${HTTP_PATH}')`));
}

/** A value of a fixed set; `supported` in the order in which the API server lists it. */
export function checkOneOf(errors: FieldError[], at: FieldPath, value: string, supported: readonly string[]): void {
  if (!supported.includes(value)) errors.push(notSupported(at, value, supported));
}

/** Like {@link checkOneOf}, and an empty value is called missing. */
export function checkRequiredOneOf(
  errors: FieldError[],
  at: FieldPath,
  value: string | undefined,
  supported: readonly string[],
): void {
  if (!value) errors.push(required(at));
  else checkOneOf(errors, at, value, supported);
}

/** An int-or-string port: a number from 1 to 65535 or a port's name. */
export function checkPortNumberOrName(errors: FieldError[], at: FieldPath, port: number | string | undefined): void {
  if (typeof port === 'string') checkProblems(errors, at, port, portNameProblems(port));
  else checkProblems(errors, at, port ?? 0, portNumberProblems(port ?? 0));
}

export function checkIp(errors: FieldError[], at: FieldPath, value: string): boolean {
  if (ipFamily(value) !== 0) return true;
  errors.push(invalidValue(at, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'));
  return false;
}

export function checkCidr(errors: FieldError[], at: FieldPath, value: string): void {
  if (cidrFamily(value) !== 0) return;
  errors.push(invalidValue(at, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'));
}

const SCOPE_DETAIL: Readonly<Record<string, string>> = {
  loopback: 'may not be in the loopback range (127.0.0.0/8, ::1/128)',
  'link-local': 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  'link-local-multicast': 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
};

/** Addresses that make no sense as an endpoint are refused. */
export function checkNonSpecialIp(errors: FieldError[], at: FieldPath, value: string): void {
  if (ipFamily(value) === 0) {
    errors.push(invalidValue(at, value, 'must be a valid IP address'));
    return;
  }
  const scope = addressScope(value);
  const detail = scope === 'unspecified' ? `may not be unspecified (${value})` : SCOPE_DETAIL[scope];
  if (detail) errors.push(invalidValue(at, value, detail));
}

/** A LabelSelector object. */
export function checkLabelSelector(
  errors: FieldError[],
  selector: LabelSelectorObject | undefined,
  at: FieldPath,
): void {
  if (!selector) return;
  checkLabels(errors, selector.matchLabels, at.child('matchLabels'));
  selector.matchExpressions?.forEach((expression, index) => {
    checkExpression(errors, expression, at.child('matchExpressions').index(index));
  });
}

function checkExpression(
  errors: FieldError[],
  { key, operator, values = [] }: { key: string; operator: string; values?: readonly string[] },
  at: FieldPath,
): void {
  checkOperatorValues(errors, operator, values, at);
  checkQualifiedName(errors, at.child('key'), key ?? '');
  values.forEach((value, index) => {
    checkProblems(errors, at.child('values').index(index), value, labelValueProblems(value));
  });
}

/** The rules that selector expressions of labels and of nodes share. */
export function checkOperatorValues(
  errors: FieldError[],
  operator: string,
  values: readonly string[],
  at: FieldPath,
): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      errors.push(required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      errors.push(
        forbiddenField(at.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      );
    }
  } else {
    errors.push(invalidValue(at.child('operator'), operator ?? '', 'not a valid selector operator'));
  }
}

/** A whole number that is not negative, or a percentage. */
export function checkIntOrPercent(errors: FieldError[], at: FieldPath, value: number | string): void {
  if (typeof value === 'number') checkNotNegative(errors, at, value);
  else
    for (const detail of percentProblems(value))
      errors.push(invalidValue(at, goValue('intstr.IntOrString', value), detail));
}

/** The percentage that a text writes; undefined for a number and for any other text. */
export function percentOf(value: number | string): number | undefined {
  if (typeof value === 'number' || percentProblems(value).length > 0) return undefined;
  return Number.parseInt(value, 10);
}
