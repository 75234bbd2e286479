/**
 * The rules of a PriorityClass (`pkg/apis/scheduling/validation/validation.go`).
 */

import { type FieldError, forbiddenField, invalidValue, path } from '../../base/field.ts';
import { checkRequiredOneOf } from '../common/checks.ts';
import { ownMetadataErrors } from '../common/metadata.ts';
import type { PriorityClass } from '../types.generated.ts';
import { SYSTEM_CLASSES, SYSTEM_PREFIX, USER_PRIORITY_MAX } from './system-classes.ts';

export function validate(priorityClass: Readonly<PriorityClass>): FieldError[] {
  const errors: FieldError[] = [];
  const { metadata, value = 0, preemptionPolicy } = priorityClass;
  const name = metadata?.name ?? '';
  if (name.startsWith(SYSTEM_PREFIX)) {
    const why = refuseSystemClass(priorityClass, name);
    if (why) {
      const detail = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${why}`;
      errors.push(forbiddenField(path('metadata').child('name'), detail));
    }
  } else if (value > USER_PRIORITY_MAX)
    errors.push(
      forbiddenField(path('value'), `maximum allowed value of a user defined priority is ${USER_PRIORITY_MAX}`),
    );
  if (preemptionPolicy !== undefined)
    checkRequiredOneOf(errors, path('preemptionPolicy'), preemptionPolicy, ['PreemptLowerPriority', 'Never']);
  return errors;
}

function refuseSystemClass({ value, globalDefault }: Readonly<PriorityClass>, name: string): string | undefined {
  const known = SYSTEM_CLASSES.find((one) => one.name === name);
  if (!known) return `${name} is not a known system priority class`;
  if (value !== known.value) return `value of ${name} PriorityClass must be ${known.value}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export function validateUpdate(priorityClass: Readonly<PriorityClass>, old: Readonly<PriorityClass>): FieldError[] {
  const errors = ownMetadataErrors(priorityClass, old);
  if (priorityClass.value !== old.value) errors.push(forbiddenField(path('value'), 'may not be changed in an update.'));
  if (priorityClass.preemptionPolicy !== old.preemptionPolicy)
    errors.push(invalidValue(path('preemptionPolicy'), priorityClass.preemptionPolicy, 'field is immutable'));
  return errors;
}
