/**
 * The rules of a FlowSchema (`pkg/apis/flowcontrol/validation/validation.go`).
 */

import {
  type FieldError,
  type FieldPath,
  forbiddenField,
  goText,
  invalidValue,
  notSupported,
  path,
  required,
} from '../../base/field.ts';
import { goQuote } from '../../base/go-quote.ts';
import { deepEqual } from '../../base/json.ts';
import { checkOneOf, checkProblems } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { newMetadataErrors } from '../common/metadata.ts';
import { labelName, subdomainName } from '../common/names.ts';
import { checkConditions } from '../prioritylevelconfigurations/validation.ts';
import type {
  FlowSchema,
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  SubjectFlowcontrol,
} from '../types.generated.ts';
import { MANDATORY_FLOW_SCHEMAS } from './suggested.ts';

const SPEC = path('spec');
const PRECEDENCE_MAX = 10_000;
const METHODS = ['ByNamespace', 'ByUser'];
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
/** Kind → the member that belongs to it, and what the others are told. */
const SUBJECTS = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;
const SUBJECT_KINDS = ['Group', 'ServiceAccount', 'User'];

export function validate(flowSchema: Readonly<FlowSchema>): FieldError[] {
  const errors: FieldError[] = [];
  const name = flowSchema.metadata?.name ?? '';
  const spec = flowSchema.spec ?? { priorityLevelConfiguration: { name: '' } };
  checkSpec(errors, name, spec);
  const mandatory = Object.hasOwn(MANDATORY_FLOW_SCHEMAS, name) ? MANDATORY_FLOW_SCHEMAS[name] : undefined;
  if (mandatory && !deepEqual(spec, mandatory))
    errors.push(
      invalidValue(SPEC, goValue('flowcontrol.FlowSchemaSpec', spec), `spec of '${name}' must equal the fixed value`),
    );
  return errors;
}

/** As a new one. */
export function validateUpdate(flowSchema: Readonly<FlowSchema>): FieldError[] {
  return [...newMetadataErrors(flowSchema, subdomainName, false), ...validate(flowSchema)];
}

export function validateStatusUpdate(flowSchema: Readonly<FlowSchema>): FieldError[] {
  const errors: FieldError[] = [];
  checkConditions(errors, flowSchema.status?.conditions);
  return errors;
}

function checkSpec(errors: FieldError[], name: string, spec: Readonly<FlowSchemaSpec>): void {
  const { matchingPrecedence = 0, distinguisherMethod, priorityLevelConfiguration, rules } = spec;
  const precedence = SPEC.child('matchingPrecedence');
  if (matchingPrecedence <= 0) errors.push(invalidValue(precedence, matchingPrecedence, 'must be a positive value'));
  if (matchingPrecedence > PRECEDENCE_MAX)
    errors.push(invalidValue(precedence, matchingPrecedence, `must not be greater than ${PRECEDENCE_MAX}`));
  if (matchingPrecedence === 1 && name !== 'exempt') {
    const detail = "only the schema named 'exempt' may have matchingPrecedence 1";
    errors.push(invalidValue(precedence, matchingPrecedence, detail));
  }
  if (distinguisherMethod && !METHODS.includes(distinguisherMethod.type)) {
    const value = goText(`flowcontrol.FlowDistinguisherMethod{Type:${goQuote(distinguisherMethod.type)}}`);
    errors.push(notSupported(SPEC.child('distinguisherMethod', 'type'), value, METHODS));
  }
  const level = priorityLevelConfiguration?.name ?? '';
  const at = SPEC.child('priorityLevelConfiguration', 'name');
  if (level) checkProblems(errors, at, level, subdomainName(level, false));
  else errors.push(required(at, 'must reference a priority level'));
  rules?.forEach((rule, index) => {
    checkRule(errors, rule, SPEC.child('rules').index(index));
  });
}

function checkRule(errors: FieldError[], rule: PolicyRulesWithSubjects, at: FieldPath): void {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  if (subjects.length === 0) errors.push(required(at.child('subjects'), 'subjects must contain at least one value'));
  subjects.forEach((subject, index) => {
    checkSubject(errors, subject, at.child('subjects').index(index));
  });
  if (resourceRules.length === 0 && nonResourceRules.length === 0)
    errors.push(required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  resourceRules.forEach((one, index) => {
    checkResourceRule(errors, one, at.child('resourceRules').index(index));
  });
  nonResourceRules.forEach((one, index) => {
    checkNonResourceRule(errors, one, at.child('nonResourceRules').index(index));
  });
}

function checkSubject(errors: FieldError[], subject: SubjectFlowcontrol, at: FieldPath): void {
  if (!SUBJECT_KINDS.includes(subject.kind)) return checkOneOf(errors, at.child('kind'), subject.kind, SUBJECT_KINDS);
  const own = SUBJECTS[subject.kind as keyof typeof SUBJECTS];
  const field = at.child(own);
  const named = subject[own];
  if (!named) errors.push(required(field, `${own} is required when subject kind is '${subject.kind}'`));
  else if (!named.name) errors.push(required(field.child('name')));
  if (subject.kind === 'ServiceAccount' && subject.serviceAccount) {
    const { name, namespace } = subject.serviceAccount;
    if (name && name !== '*') checkProblems(errors, field.child('name'), name, subdomainName(name, false));
    if (namespace) checkProblems(errors, field.child('namespace'), namespace, labelName(namespace, false));
    else errors.push(required(field.child('namespace'), 'must specify namespace for service account'));
  }
  for (const [kind, member] of Object.entries(SUBJECTS)) {
    if (member !== own && subject[member])
      errors.push(forbiddenField(at.child(member), `${member} is forbidden when subject kind is not '${kind}'`));
  }
}

/** At least one value, and a wildcard only alone. True when it is a list of particular values. */
function checkList(
  errors: FieldError[],
  values: readonly string[],
  at: FieldPath,
  words: { missing: string; others: string },
): boolean {
  if (values.length === 0) errors.push(required(at, words.missing));
  else if (values.includes('*') && values.length > 1) {
    const detail = `if '*' is present, must not specify other ${words.others}`;
    errors.push(invalidValue(at, goValue('[]string', values), detail));
  }
  return values.length > 0 && !values.includes('*');
}

function checkVerbs(errors: FieldError[], verbs: readonly string[], at: FieldPath): void {
  const words = { missing: 'verbs must contain at least one value', others: 'verbs' };
  if (checkList(errors, verbs, at, words) && !verbs.every((verb) => VERBS.includes(verb)))
    errors.push(notSupported(at, goValue('[]string', verbs), VERBS));
}

function checkResourceRule(errors: FieldError[], rule: ResourcePolicyRule, at: FieldPath): void {
  const { verbs = [], apiGroups = [], resources = [], namespaces = [], clusterScope = false } = rule;
  checkVerbs(errors, verbs, at.child('verbs'));
  checkList(errors, apiGroups, at.child('apiGroups'), {
    missing: 'resource rules must supply at least one api group',
    others: 'api groups',
  });
  checkList(errors, resources, at.child('resources'), {
    missing: 'resource rules must supply at least one resource',
    others: 'resources',
  });
  if (namespaces.length === 0 && clusterScope) return;
  const isParticular = checkList(errors, namespaces, at.child('namespaces'), {
    missing: 'resource rules that are not cluster scoped must supply at least one namespace',
    others: 'namespaces',
  });
  if (!isParticular) return;
  namespaces.forEach((namespace, index) => {
    const problems = labelName(namespace, false).map(
      (problem) => `each member of this list must be '*' or a DNS-1123 label; ${problem}`,
    );
    checkProblems(errors, at.child('namespaces').index(index), namespace, problems);
  });
}

function checkNonResourceRule(errors: FieldError[], rule: NonResourcePolicyRule, at: FieldPath): void {
  const { verbs = [], nonResourceURLs = [] } = rule;
  checkVerbs(errors, verbs, at.child('verbs'));
  const field = at.child('nonResourceURLs');
  const isParticular = checkList(errors, nonResourceURLs, field, {
    missing: 'nonResourceURLs must contain at least one value',
    others: 'non-resource URLs',
  });
  if (!isParticular) return;
  nonResourceURLs.forEach((url, index) => {
    const problem = urlProblem(url);
    if (problem) errors.push(invalidValue(field.index(index), url, problem));
  });
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const wildcards = url.split('*').length - 1;
  return wildcards > 1 || (wildcards === 1 && !url.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}
