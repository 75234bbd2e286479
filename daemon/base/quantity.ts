/**
 * Kubernetes' fixed-point quantities (`100m`, `1Gi`, `2e3`): parsing, comparing and the text that the API answers.
 * Exact to a billionth, rounded up beyond it, as `apimachinery/pkg/api/resource` does. Pure; parsed texts are kept in a bounded cache.
 *
 * A text that looks canonical to upstream's parser is answered as it was written (`+1`, `1E3`, `001Gi`), any other one in its canonical form.
 */

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  /** The amount in billionths. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** A quantity that upstream keeps as an int64 and a power of ten. */
export interface ScaledInteger {
  readonly value: bigint;
  readonly scale: number;
  /** The text, where it is kept. */
  readonly text: string;
}

interface ParsedQuantity extends Quantity {
  readonly integer?: ScaledInteger | undefined;
}

const NANOS = 1_000_000_000n;
const MILLI_NANOS = 1_000_000n;
/** `2^63 - 1`, where upstream caps binary amounts. */
const VALUE_MAX = 9_223_372_036_854_775_807n;
/** More digits than anybody needs; a longer text is an attack. */
const TEXT_LENGTH_MAX = 128;
/** Exponents beyond these are all taken for the same one. */
const EXPONENT_MAX = 64;
const NANO_SCALE = -9;
const MILLI_SCALE = -3;
/** `maxInt64Factors`: so many digits fit an int64 whatever they are. */
const INTEGER_DIGITS_MAX = 18;
/** Distinct quantities of a whole cluster are few; a full cache is dropped as a whole. */
const CACHE_SIZE_MAX = 4096;

const BINARY_EXPONENT: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const DECIMAL_EXPONENT: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const SUFFIX_OF_EXPONENT: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(DECIMAL_EXPONENT).map(([suffix, exponent]) => [exponent, suffix]),
);

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?([a-zA-Z]{0,2}|[eE][+-]?\d+)$/;
const EXPONENT_SUFFIX = /^[eE]([+-]?\d+)$/;

interface CacheEntry {
  readonly quantity: ParsedQuantity | undefined;
  canonical: string | undefined;
}

const cache = new Map<string, CacheEntry>();

function lookUp(text: string): CacheEntry {
  const known = cache.get(text);
  if (known) return known;
  const entry: CacheEntry = { quantity: parse(text), canonical: undefined };
  if (cache.size >= CACHE_SIZE_MAX) cache.clear();
  cache.set(text, entry);
  return entry;
}

/** The quantity that `value` writes, or undefined when it writes none. Numbers are read as their decimal text. */
export function parseQuantity(value: string | number): Quantity | undefined {
  return lookUp(typeof value === 'number' ? String(value) : value).quantity;
}

/** The text that the API answers: `1000m` → `1`, `0.5` → `500m`, `1024Mi` → `1Gi`. A text that is no quantity comes back as it is. */
export function canonicalQuantity(value: string | number): string {
  const text = typeof value === 'number' ? String(value) : value;
  const entry = lookUp(text);
  entry.canonical ??= entry.quantity ? entry.quantity.integer?.text || formatQuantity(entry.quantity) : text;
  return entry.canonical;
}

/** The quantity as the int64 that upstream keeps it as, or undefined when it is kept otherwise (or none). */
export function scaledInteger(value: string): ScaledInteger | undefined {
  return lookUp(value).quantity?.integer;
}

/** Whether the amount has no fraction, by upstream's `MilliValue`, which overflows. */
export function isWholeQuantity(value: string): boolean {
  const { quantity } = lookUp(value);
  if (!quantity) return true;
  const millis = divideUp(quantity.nanos, MILLI_NANOS);
  const kept = BigInt.asIntN(64, millis);
  return (kept !== millis && quantity.integer !== undefined) || kept % 1000n === 0n;
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. What is no quantity counts as zero. */
export function compareQuantities(a: string | number, b: string | number): number {
  const left = parseQuantity(a)?.nanos ?? 0n;
  const right = parseQuantity(b)?.nanos ?? 0n;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The amount in whole units, rounded up; 0 for what is no quantity. Exact up to 2^53. */
export function quantityValue(value: string | number): number {
  return Number(divideUp(parseQuantity(value)?.nanos ?? 0n, NANOS));
}

/** The amount in thousandths, rounded up; 0 for what is no quantity. Exact up to 2^53. */
export function quantityMilliValue(value: string | number): number {
  return Number(divideUp(parseQuantity(value)?.nanos ?? 0n, MILLI_NANOS));
}

/** The text of `value` rounded up to thousandths, as lists of resources are stored. */
export function roundUpToMilli(value: string): string {
  const { quantity } = lookUp(value);
  if (!quantity || quantity.nanos % MILLI_NANOS === 0n) {
    const { integer } = quantity ?? {};
    return quantity && integer && integer.scale < MILLI_SCALE ? formatQuantity(quantity) : canonicalQuantity(value);
  }
  return formatQuantity({ ...quantity, nanos: divideUp(quantity.nanos, MILLI_NANOS) * MILLI_NANOS });
}

/** Rounds away from zero, as upstream does for both signs. */
function divideUp(amount: bigint, unit: bigint): bigint {
  const quotient = amount / unit;
  if (amount % unit === 0n) return quotient;
  return amount > 0n ? quotient + 1n : quotient - 1n;
}

/** No digits at all (`m`) are a zero, as for upstream. */
function parse(text: string): ParsedQuantity | undefined {
  if (text === '' || text.length > TEXT_LENGTH_MAX) return undefined;
  const match = QUANTITY.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const digits = BigInt(whole + fraction);
  const nanos = scale(digits, -fraction.length, suffix);
  if (nanos === undefined) return undefined;
  const format = formatOf(suffix);
  const capped = format === 'BinarySI' && nanos > VALUE_MAX * NANOS ? VALUE_MAX * NANOS : nanos;
  const integer = scaledIntegerOf(text, {
    isNegative: sign === '-',
    whole: whole.replace(/^0+/, '') || '0',
    fraction,
    suffix,
  });
  return { nanos: sign === '-' ? -capped : capped, format, integer };
}

interface Parts {
  readonly isNegative: boolean;
  readonly whole: string;
  readonly fraction: string;
  readonly suffix: string;
}

/** What upstream's parser takes for an int64, and whether it keeps the text. */
function scaledIntegerOf(text: string, parts: Parts): ScaledInteger | undefined {
  if (text === '0') return { value: 0n, scale: 0, text };
  const { whole, fraction, suffix, isNegative } = parts;
  const binary = BINARY_EXPONENT[suffix];
  const digits = whole + fraction;
  const amount = BigInt(digits);
  const signed = isNegative ? -amount : amount;
  if (binary !== undefined) {
    const digitsOfUnit = Math.trunc((Number(binary) * 3) / 10);
    if (fraction !== '' || 15 - whole.length - digitsOfUnit - 1 < 0) return undefined;
    return { value: signed << binary, scale: 0, text: amount % 8n === 0n ? '' : text };
  }
  const exponent = DECIMAL_EXPONENT[suffix] ?? Number(EXPONENT_SUFFIX.exec(suffix)?.[1]);
  const power = exponent - fraction.length;
  if (digits.length > INTEGER_DIGITS_MAX || power < NANO_SCALE || power > EXPONENT_MAX) return undefined;
  const isCanonical = power % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
  return { value: signed, scale: power, text: isCanonical ? text : '' };
}

function formatOf(suffix: string): QuantityFormat {
  if (suffix in BINARY_EXPONENT) return 'BinarySI';
  return suffix in DECIMAL_EXPONENT ? 'DecimalSI' : 'DecimalExponent';
}

/** `digits × 10^exponent` with the suffix applied, in billionths rounded up. */
function scale(digits: bigint, exponent: number, suffix: string): bigint | undefined {
  const binary = BINARY_EXPONENT[suffix];
  if (binary !== undefined) return shift(digits << binary, exponent + 9);
  const decimal = DECIMAL_EXPONENT[suffix];
  if (decimal !== undefined) return shift(digits, exponent + decimal + 9);
  const written = EXPONENT_SUFFIX.exec(suffix);
  if (!written) return undefined;
  const power = Math.max(-EXPONENT_MAX, Math.min(EXPONENT_MAX, Number(written[1])));
  return shift(digits, exponent + power + 9);
}

function shift(digits: bigint, exponent: number): bigint {
  return exponent >= 0 ? digits * 10n ** BigInt(exponent) : divideUp(digits, 10n ** BigInt(-exponent));
}

/** `a + b` or, with `sign` −1, `a − b`, in the form of `a`; of `b` when `a` is nothing. */
export function addQuantities(a: Quantity, b: Quantity, sign: 1 | -1 = 1): Quantity {
  const nanos = sign === 1 ? a.nanos + b.nanos : a.nanos - b.nanos;
  return { nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The canonical text: no fraction, and the largest suffix that allows it. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  if (format === 'BinarySI' && nanos % NANOS === 0n) {
    const value = nanos / NANOS;
    if (value <= -1024n || value >= 1024n) return formatBinary(value);
  }
  return formatDecimal(nanos, format === 'DecimalExponent');
}

function formatBinary(value: bigint): string {
  const suffixes = Object.keys(BINARY_EXPONENT);
  let rest = value;
  let steps = 0;
  while (steps < suffixes.length && rest % 1024n === 0n) {
    rest /= 1024n;
    steps++;
  }
  return `${rest}${steps === 0 ? '' : suffixes[steps - 1]}`;
}

function formatDecimal(nanos: bigint, withExponent: boolean): string {
  let rest = nanos;
  let exponent = -9;
  while ((exponent < 18 || withExponent) && rest % 1000n === 0n) {
    rest /= 1000n;
    exponent += 3;
  }
  if (withExponent) return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
  return `${rest}${SUFFIX_OF_EXPONENT[exponent]}`;
}
