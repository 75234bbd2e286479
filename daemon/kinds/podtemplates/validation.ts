/**
 * The rules of a PodTemplate (`ValidatePodTemplate`): those of its template.
 */

import { type FieldError, path } from '../../base/field.ts';
import { ownMetadataErrors } from '../common/metadata.ts';
import { checkPodTemplate } from '../common/pod/spec.ts';
import type { PodTemplate } from '../types.generated.ts';

export function validate({ template = {} }: Readonly<PodTemplate>): FieldError[] {
  const errors: FieldError[] = [];
  checkPodTemplate(errors, template, path('template'));
  return errors;
}

export const validateUpdate = (object: Readonly<PodTemplate>, old: Readonly<PodTemplate>): FieldError[] => [
  ...ownMetadataErrors(object, old),
  ...validate(object),
];
