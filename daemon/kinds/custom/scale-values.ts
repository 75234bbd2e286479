/**
 * What stands at the paths of a custom kind's `scale` subresource is what a Scale can show (`registry/customresource/validator.go`). Pure.
 */

import { type FieldError, invalidValue, path } from '../../base/field.ts';
import { formatGoValue } from '../../base/go-format.ts';
import { isObject } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import type { CustomResourceSubresourceScale } from '../types.generated.ts';

const REPLICAS_MAX = 2 ** 31 - 1;

type Scale = Readonly<CustomResourceSubresourceScale>;

export function checkScaleSpec(errors: FieldError[], { specReplicasPath }: Scale, object: Readonly<KubeObject>): void {
  checkReplicas(errors, specReplicasPath, object);
}

export function checkScaleStatus(
  errors: FieldError[],
  { statusReplicasPath, labelSelectorPath }: Scale,
  object: Readonly<KubeObject>,
): void {
  checkReplicas(errors, statusReplicasPath, object);
  if (!labelSelectorPath) return;
  const { error } = read(object, labelSelectorPath, 'string');
  if (error !== undefined) errors.push(invalidValue(path(labelSelectorPath), '', error));
}

function checkReplicas(errors: FieldError[], at: string, object: Readonly<KubeObject>): void {
  const { value, error } = read(object, at, 'int64');
  const tell = (shown: number, why: string): number => errors.push(invalidValue(path(at), shown, why));
  if (error !== undefined) tell(0, error);
  else if (typeof value !== 'number') return;
  else if (value < 0) tell(value, 'should be a non-negative integer');
  else if (value > REPLICAS_MAX) tell(value, `should be less than or equal to ${REPLICAS_MAX}`);
}

/** The value at a path of fields; why there can be none, in the words of `unstructured.NestedFieldNoCopy`. */
function read(
  object: Readonly<KubeObject>,
  at: string,
  wanted: 'int64' | 'string',
): { value?: unknown; error?: string } {
  const names = at.replace(/^\./, '').split('.');
  let value: unknown = object;
  for (const [index, name] of names.entries()) {
    if (value === null) return {};
    if (!isObject(value))
      return { error: accessError(`.${names.slice(0, index + 1).join('.')}`, value, 'map[string]interface{}') };
    if (!Object.hasOwn(value, name)) return {};
    value = value[name];
  }
  return typeOf(value) === wanted ? { value } : { error: accessError(`.${names.join('.')}`, value, wanted) };
}

const accessError = (at: string, value: unknown, wanted: string): string =>
  `${at} accessor error: ${formatGoValue(value)} is of the type ${typeOf(value)}, expected ${wanted}`;

/** The type in which Go holds a decoded value. */
function typeOf(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'map[string]interface {}';
}
