/**
 * Kubernetes' quantity library: amounts as resources are written (`1Gi`, `500m`), compared and added exactly.
 */

import { parseQuantity } from '../../base/quantity.ts';
import { CelError } from '../errors.ts';
import { defineFunctions, parsing, passing } from '../overload.ts';
import { Opaque } from '../values.ts';

const UNIT = 1_000_000_000n;
const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;

class QuantityValue extends Opaque {
  readonly typeName = 'kubernetes.Quantity';
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    super();
    this.nanos = nanos;
  }

  override equals(other: Opaque): boolean {
    return other instanceof QuantityValue && other.nanos === this.nanos;
  }
}

function quantityOf(text: string): QuantityValue {
  const parsed = parseQuantity(text);
  if (parsed) return new QuantityValue(parsed.nanos);
  throw new CelError(`quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`);
}

const isInteger = ({ nanos }: QuantityValue): boolean =>
  nanos % UNIT === 0n && nanos / UNIT >= INT_MIN && nanos / UNIT <= INT_MAX;

function asInteger(quantity: QuantityValue): bigint {
  if (!isInteger(quantity)) throw new CelError('cannot convert value to integer');
  return quantity.nanos / UNIT;
}

const compare = (a: QuantityValue, b: QuantityValue): bigint => (a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n);

export const QUANTITIES = defineFunctions({
  'quantity(string): kubernetes.Quantity': [quantityOf, passing, parsing],
  'isQuantity(string): bool': [(text: string) => parseQuantity(text) !== undefined, passing, parsing],
  '(kubernetes.Quantity).sign(): int': ({ nanos }: QuantityValue) => (nanos < 0n ? -1n : nanos > 0n ? 1n : 0n),
  '(kubernetes.Quantity).isInteger(): bool': isInteger,
  '(kubernetes.Quantity).asInteger(): int': asInteger,
  '(kubernetes.Quantity).asApproximateFloat(): double': ({ nanos }: QuantityValue) => Number(nanos) / Number(UNIT),
  '(kubernetes.Quantity).add(kubernetes.Quantity): kubernetes.Quantity': (a: QuantityValue, b: QuantityValue) =>
    new QuantityValue(a.nanos + b.nanos),
  '(kubernetes.Quantity).add(int): kubernetes.Quantity': (a: QuantityValue, b: bigint) =>
    new QuantityValue(a.nanos + b * UNIT),
  '(kubernetes.Quantity).sub(kubernetes.Quantity): kubernetes.Quantity': (a: QuantityValue, b: QuantityValue) =>
    new QuantityValue(a.nanos - b.nanos),
  '(kubernetes.Quantity).sub(int): kubernetes.Quantity': (a: QuantityValue, b: bigint) =>
    new QuantityValue(a.nanos - b * UNIT),
  '(kubernetes.Quantity).isLessThan(kubernetes.Quantity): bool': (a: QuantityValue, b: QuantityValue) =>
    compare(a, b) < 0n,
  '(kubernetes.Quantity).isGreaterThan(kubernetes.Quantity): bool': (a: QuantityValue, b: QuantityValue) =>
    compare(a, b) > 0n,
  '(kubernetes.Quantity).compareTo(kubernetes.Quantity): int': compare,
});
