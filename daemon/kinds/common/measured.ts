/**
 * What the kinds of metrics.k8s.io share: they can be read, as they are measured at that moment, and are never written.
 */

import type { FieldError } from '../../base/field.ts';
import type { KubeObject } from '../../base/object.ts';
import { addQuantities, formatQuantity, parseQuantity } from '../../base/quantity.ts';
import { defineKind } from '../define-kind.ts';
import type { Kind } from '../kind.ts';
import type { Resource } from '../resource.ts';
import { pathSegmentName } from './names.ts';
import { keepAsIs } from './strategy.ts';
import { column, NAME_COLUMN, nameOf } from './table.ts';

const NONE = parseQuantity('0')!;

type Usage = Readonly<Record<string, string>>;

/** `usagesOf`: of its parts; a table shows the sum. */
export function measuredKind<T extends KubeObject & { window?: string }>(
  resource: Resource<T>,
  validate: (object: Readonly<T>) => FieldError[],
  usagesOf: (object: Readonly<T>) => readonly Usage[],
): Kind<T> {
  const sum = (object: Readonly<T>, name: string): string =>
    formatQuantity(
      usagesOf(object)
        .map((usage) => parseQuantity(usage[name] ?? '0') ?? NONE)
        .reduce((total, one) => addQuantities(total, one), NONE),
    );
  return defineKind({
    resource,
    singular: '',
    verbs: ['get', 'list'],
    stored: false,
    measured: true,
    setDefaults: keepAsIs,
    validate,
    validateUpdate: validate,
    validateName: pathSegmentName,
    table: {
      columns: [
        NAME_COLUMN,
        { ...column('cpu', 'Processors in use.'), format: 'quantity' },
        { ...column('memory', 'Memory in use.'), format: 'quantity' },
        { ...column('Window', 'The time over which it was measured.'), format: 'duration' },
      ],
      cells: (object) => [nameOf(object), sum(object, 'cpu'), sum(object, 'memory'), object.window ?? ''],
    },
  });
}
