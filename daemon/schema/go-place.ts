/**
 * Names places and types of a schema as the API server's decoder names them in its errors:
 * `Go struct field DeploymentSpec.spec.replicas of type int32`. Pure.
 */

import { isObject } from '../base/json.ts';
import type { SchemaNode } from './node.ts';

/** Types of packages other than the API group's own. */
const GO_TYPE_OF_REF: Readonly<Record<string, string>> = {
  'meta/v1/Quantity': 'resource.Quantity',
  'meta/v1/IntOrString': 'intstr.IntOrString',
  'meta/v1/RawExtension': 'runtime.RawExtension',
};

/** `core/v1/PodSpec` → `v1.PodSpec`: the package is called as the version. */
function goTypeOfRef(name: string): string {
  const known = GO_TYPE_OF_REF[name];
  if (known) return known;
  const [, version = '', type = ''] = name.split('/');
  return `${version}.${type}`;
}

/** The type of a value of that schema: `[]v1.Container`, `map[string]string`, `int32`. */
export function goType(node: SchemaNode): string {
  if (node.$ref) return goTypeOfRef(node.$ref);
  if (node['x-reflet-go-type']) return node['x-reflet-go-type'];
  switch (node.type) {
    case 'string':
      return node.format === 'byte' ? '[]uint8' : 'string';
    case 'boolean':
      return 'bool';
    case 'integer':
      return node.format === 'int32' ? 'int32' : 'int64';
    case 'number':
      return 'float64';
    case 'array':
      return `[]${goType(node.items ?? {})}`;
    case 'object':
      return isObject(node.additionalProperties)
        ? `map[string]${goType(node.additionalProperties as SchemaNode)}`
        : 'map[string]interface {}';
    default:
      return 'interface {}';
  }
}

/** The value as the decoder calls it: numbers that do not fit a number are given with their text. */
export function describeValue(value: unknown, wantsNumber: boolean): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  if (typeof value === 'number') return wantsNumber ? `number ${value}` : 'number';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'object';
}

/** Where a value stands: the struct that holds the field, and the names from the root, without indices and keys of maps. */
export interface GoPlace {
  /** `''` at the root. */
  readonly struct: string;
  readonly fields: readonly string[];
}

/** `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32` */
export function unmarshalError(place: GoPlace, value: string, type: string): string {
  const into = place.struct ? `Go struct field ${place.struct}.${place.fields.join('.')}` : 'Go value';
  return `json: cannot unmarshal ${value} into ${into} of type ${type}`;
}
