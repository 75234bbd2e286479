/**
 * The rules of `selectableFields`: each names a field of text, number or boolean that the schema has.
 */

import { duplicate, type FieldError, type FieldPath, invalidValue, required, tooMany } from '../../base/field.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { findField } from '../custom/field-path.ts';
import type { CustomResourceDefinitionVersion } from '../types.generated.ts';

const FIELDS_MAX = 8;
const TYPES = ['boolean', 'integer', 'string'];

export function checkSelectableFields(
  errors: FieldError[],
  { selectableFields = [], schema }: CustomResourceDefinitionVersion,
  at: FieldPath,
): void {
  if (selectableFields.length === 0) return;
  const root = schema?.openAPIV3Schema as SchemaNode | undefined;
  if (!root) {
    // Upstream's words, which say the opposite of what is meant.
    const why = 'selectableFields may only be set when version.schema.openAPIV3Schema is not included';
    errors.push(invalidValue(at, '', why));
    return;
  }
  const seen = new Set<string>();
  for (const [index, { jsonPath = '' }] of selectableFields.entries()) {
    const place = at.index(index).child('jsonPath');
    if (jsonPath === '') {
      errors.push(required(place));
      continue;
    }
    const found = findField(jsonPath, root, false);
    if ('problem' in found) {
      errors.push(invalidValue(place, jsonPath, `is an invalid path: ${found.problem}`));
      continue;
    }
    if (found.root === 'metadata') errors.push(invalidValue(place, jsonPath, 'must not point to fields in metadata'));
    if (!TYPES.includes(found.schema?.type ?? ''))
      errors.push(
        invalidValue(
          place,
          jsonPath,
          'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        ),
      );
    if (seen.has(found.text)) errors.push(duplicate(place, jsonPath));
    seen.add(found.text);
  }
  if (seen.size > FIELDS_MAX) errors.push(tooMany(at, seen.size, FIELDS_MAX));
}
