/**
 * What the kinds that are asked and answered but not kept share: reviews, and the Binding of a Pod.
 */

import type { FieldError, FieldPath } from '../../base/field.ts';
import { invalidValue, path, required } from '../../base/field.ts';
import { labelValueProblems } from '../../base/names.ts';
import type { KubeObject } from '../../base/object.ts';
import { defineKind } from '../define-kind.ts';
import type { Kind } from '../kind.ts';
import type { Resource } from '../resource.ts';
import type { NonResourceAttributes, ResourceAttributes } from '../types.generated.ts';
import { checkOperatorValues, checkProblems, checkQualifiedName } from './checks.ts';
import { goValue } from './go-values.ts';
import { pathSegmentName } from './names.ts';
import { keepAsIs } from './strategy.ts';
import { CREATED_AT_COLUMN, NAME_COLUMN, nameOf } from './table.ts';

/** A kind that only knows `create` and is not kept. */
export function reviewKind<T extends KubeObject>(
  resource: Resource<T>,
  validate: (object: Readonly<T>) => FieldError[],
  setDefaults: (object: T) => void = keepAsIs,
): Kind<T> {
  return defineKind({
    resource,
    verbs: ['create'],
    stored: false,
    setDefaults,
    validate,
    validateUpdate: validate,
    validateName: pathSegmentName,
    table: {
      columns: [NAME_COLUMN, { ...CREATED_AT_COLUMN, type: 'date' }],
      cells: (object) => [nameOf(object), object.metadata?.creationTimestamp ?? null],
    },
  });
}

const OPERATORS: ReadonlySet<string> = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist']);

interface AccessSpec {
  resourceAttributes?: ResourceAttributes;
  nonResourceAttributes?: NonResourceAttributes;
}

/** A question is about a resource or about a path, not both and not neither. */
export function checkAttributes(errors: FieldError[], spec: AccessSpec): void {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const at = path('spec');
  if (resourceAttributes && nonResourceAttributes) {
    const detail = 'cannot be specified in combination with resourceAttributes';
    errors.push(
      invalidValue(
        at.child('nonResourceAttributes'),
        goValue('authorization.NonResourceAttributes', nonResourceAttributes),
        detail,
      ),
    );
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(invalidValue(at.child('resourceAttributes'), null, detail));
  }
  checkSelectors(errors, resourceAttributes);
}

/** Selectors of an access review come as text or as requirements (KEP-4601). */
function checkSelectors(errors: FieldError[], attributes: ResourceAttributes | undefined): void {
  for (const name of ['fieldSelector', 'labelSelector'] as const) {
    const selector = attributes?.[name];
    if (!selector) continue;
    const at = path('spec').child('resourceAttributes', name);
    if (selector.rawSelector && selector.requirements?.length) {
      const detail = 'may not specified at the same time as requirements';
      errors.push(invalidValue(at.child('rawSelector'), selector.rawSelector, detail));
    }
    if (!selector.rawSelector && !selector.requirements?.length) {
      errors.push({
        type: 'FieldValueRequired',
        field: at.child('requirements').toString(),
        value: undefined,
        detail: `when ${at} is specified, requirements or rawSelector is required`,
      });
    }
    selector.requirements?.forEach((requirement, index) => {
      checkRequirement(errors, name, requirement, at.child('requirements').index(index));
    });
  }
}

type Requirement = { key?: string; operator?: string; values?: readonly string[] };

/** An operator of a newer client's is no mistake: the requirement counts for nothing, and the answer says so. */
function checkRequirement(
  errors: FieldError[],
  selector: 'fieldSelector' | 'labelSelector',
  { key = '', operator = '', values = [] }: Requirement,
  at: FieldPath,
): void {
  const isField = selector === 'fieldSelector';
  if (isField && key === '') errors.push(required(at.child('key'), 'must be specified'));
  if (OPERATORS.has(operator)) checkOperatorValues(errors, operator, values, at);
  if (isField) return;
  checkQualifiedName(errors, at.child('key'), key);
  values.forEach((value, index) => {
    checkProblems(errors, at.child('values').index(index), value, labelValueProblems(value));
  });
}

/** Whose access is asked for must be told. */
export function checkSubject(errors: FieldError[], spec: { user?: string; groups?: string[] }): void {
  if (spec.user || spec.groups?.length) return;
  errors.push(invalidValue(path('spec').child('user'), '', 'at least one of user or group must be specified'));
}

/** Reviews have no identity: `ignored` members of metadata aside it must be empty. */
export function checkEmptyMetadata(
  errors: FieldError[],
  { metadata = {} }: Readonly<KubeObject>,
  detail: string,
  ignored: readonly string[] = [],
): void {
  const set = Object.entries(metadata).filter(
    ([name, value]) => value !== undefined && value !== null && name !== 'managedFields' && !ignored.includes(name),
  );
  if (set.length > 0) errors.push(invalidValue(path('metadata'), goValue('v1.ObjectMeta', metadata), detail));
}
