/**
 * The rules of an Event of `events.k8s.io/v1`: those of `events/`, strictly.
 */

import type { FieldError } from '../../base/field.ts';
import { ownMetadataErrors } from '../common/metadata.ts';
import { factsOfGroup } from '../events/facts.ts';
import { validateStrictly, validateStrictUpdate } from '../events/validation.ts';
import type { EventEvents } from '../types.generated.ts';

export function validate(event: Readonly<EventEvents>): FieldError[] {
  return validateStrictly(factsOfGroup(event));
}

export function validateUpdate(event: Readonly<EventEvents>, old: Readonly<EventEvents>): FieldError[] {
  return [...ownMetadataErrors(event, old), ...validateStrictUpdate(factsOfGroup(event), factsOfGroup(old))];
}
