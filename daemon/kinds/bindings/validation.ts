/**
 * The rules of a Binding (`ValidatePodBinding`): its target is a Node with a name.
 */

import { type FieldError, notSupported, path, required } from '../../base/field.ts';
import type { Binding } from '../types.generated.ts';

const TARGET = path('target');

export function validate(binding: Readonly<Binding>): FieldError[] {
  const errors: FieldError[] = [];
  const { kind = '', name = '' } = binding.target ?? {};
  if (kind !== '' && kind !== 'Node') errors.push(notSupported(TARGET.child('kind'), kind, ['Node', '<empty>']));
  if (name === '') errors.push(required(TARGET.child('name')));
  return errors;
}
