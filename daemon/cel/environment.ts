/**
 * What an expression may name: variables with their types, and the functions of CEL and of Kubernetes.
 */

import { ADDRESSES } from './library/addresses.ts';
import { AUTHORIZATION } from './library/authorization.ts';
import { COLLECTIONS } from './library/collections.ts';
import { NAMED_FORMATS } from './library/formats.ts';
import { OPERATORS } from './library/operators.ts';
import { QUANTITIES } from './library/quantities.ts';
import { STANDARD } from './library/standard.ts';
import { TEXTS } from './library/texts.ts';
import { URLS } from './library/urls.ts';
import type { Overload } from './overload.ts';
import type { Type } from './types.ts';
import * as types from './types.ts';

export interface Environment {
  /** By name; a name with dots (`authorizer.requestResource`) is one variable. */
  readonly variables: ReadonlyMap<string, Type>;
}

/** `variables`: names and their types. */
export function createEnvironment(variables: Readonly<Record<string, Type>>): Environment {
  return { variables: new Map(Object.entries(variables)) };
}

/** All functions, by name. */
export const FUNCTIONS: ReadonlyMap<string, readonly Overload[]> = Map.groupBy(
  [
    ...OPERATORS,
    ...STANDARD,
    ...TEXTS,
    ...COLLECTIONS,
    ...URLS,
    ...QUANTITIES,
    ...ADDRESSES,
    ...NAMED_FORMATS,
    ...AUTHORIZATION,
  ],
  ({ name }) => name,
);

/** Types that an expression may name: `type(x) == int`. The value is the type's name at runtime. */
export const TYPE_NAMES: ReadonlyMap<string, { readonly type: Type; readonly runtime: string }> = new Map(
  (
    [
      ['bool', types.BOOL, 'bool'],
      ['int', types.INT, 'int'],
      ['uint', types.UINT, 'uint'],
      ['double', types.DOUBLE, 'double'],
      ['string', types.STRING, 'string'],
      ['bytes', types.BYTES, 'bytes'],
      ['list', types.listOf(types.DYN), 'list'],
      ['map', types.mapOf(types.DYN, types.DYN), 'map'],
      ['null_type', types.NULL, 'null_type'],
      ['type', types.typeOf(undefined), 'type'],
      ['optional_type', types.optionalOf(types.DYN), 'optional_type'],
      ['google.protobuf.Timestamp', types.TIMESTAMP, 'google.protobuf.Timestamp'],
      ['google.protobuf.Duration', types.DURATION, 'google.protobuf.Duration'],
      ['net.IP', types.opaque('net.IP'), 'net.IP'],
      ['net.CIDR', types.opaque('net.CIDR'), 'net.CIDR'],
      ['kubernetes.Quantity', types.opaque('kubernetes.Quantity'), 'kubernetes.Quantity'],
      ['kubernetes.URL', types.opaque('kubernetes.URL'), 'kubernetes.URL'],
    ] as const
  ).map(([name, type, runtime]) => [name, { type, runtime }]),
);
