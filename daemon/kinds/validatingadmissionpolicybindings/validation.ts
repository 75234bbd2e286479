/**
 * The rules of a ValidatingAdmissionPolicyBinding (`pkg/apis/admissionregistration/validation/validation.go`).
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notSupported,
  path,
  required,
} from '../../base/field.ts';
import { checkMatchResources } from '../common/admission/rules.ts';
import { checkDns1123Subdomain, checkLabelSelector, checkProblems } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { genericMetadataErrors } from '../common/metadata.ts';
import { pathSegmentName, subdomainName } from '../common/names.ts';
import type { ParamRef, ValidatingAdmissionPolicyBinding } from '../types.generated.ts';

const SPEC = path('spec');
const ACTIONS = ['Audit', 'Deny', 'Warn'];
const NOT_FOUND_ACTIONS = ['Deny', 'Allow'];
const EXCLUSIVE = 'name and selector are mutually exclusive';

export function validate({ spec = {} }: Readonly<ValidatingAdmissionPolicyBinding>): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.policyName) errors.push(required(SPEC.child('policyName')));
  else checkDns1123Subdomain(errors, SPEC.child('policyName'), spec.policyName);
  if (spec.paramRef) checkParamRef(errors, spec.paramRef, SPEC.child('paramRef'));
  // Upstream's spelling.
  if (spec.matchResources) checkMatchResources(errors, spec.matchResources, SPEC.child('matchResouces'));
  checkActions(errors, spec.validationActions ?? [], SPEC.child('validationActions'));
  return errors;
}

export function validateUpdate(binding: Readonly<ValidatingAdmissionPolicyBinding>): FieldError[] {
  return [...genericMetadataErrors(binding, subdomainName, false), ...validate(binding)];
}

function checkParamRef(errors: FieldError[], reference: ParamRef, at: FieldPath): void {
  const { name = '', selector, parameterNotFoundAction } = reference;
  if (name !== '') {
    checkProblems(errors, at.child('name'), name, pathSegmentName(name, false));
    if (selector) errors.push(forbiddenField(at.child('name'), EXCLUSIVE));
  }
  if (selector) {
    checkLabelSelector(errors, selector, at.child('selector'));
    if (name !== '') errors.push(forbiddenField(at.child('selector'), EXCLUSIVE));
  }
  if (name === '' && !selector) errors.push(required(at, 'one of name or selector must be specified'));
  const action = at.child('parameterNotFoundAction');
  if (!parameterNotFoundAction) errors.push(required(action));
  else if (!NOT_FOUND_ACTIONS.includes(parameterNotFoundAction)) {
    errors.push(notSupported(action, parameterNotFoundAction, NOT_FOUND_ACTIONS));
  }
}

function checkActions(errors: FieldError[], actions: readonly string[], at: FieldPath): void {
  const seen = new Set<string>();
  actions.forEach((action, index) => {
    if (!ACTIONS.includes(action)) errors.push(notSupported(at.index(index), action, ACTIONS));
    if (seen.has(action)) errors.push(duplicate(at.index(index), action));
    seen.add(action);
  });
  if (seen.has('Deny') && seen.has('Warn')) {
    const detail =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalidValue(at, goValue('[]admissionregistration.ValidationAction', actions), detail));
  }
  if (seen.size === 0) errors.push(required(at, 'at least one validation action is required'));
}
