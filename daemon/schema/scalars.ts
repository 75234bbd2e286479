/**
 * The types of the API whose JSON form is one value with rules of its own: quantities, times, spans of time, ints-or-strings, bytes, raw JSON.
 * For each: what its text is normalised to, and how the API server words that it cannot be read. Pure.
 */

import { formatGoDuration, goDurationProblem, parseGoDuration } from '../base/go-duration.ts';
import { canonicalQuantity, parseQuantity } from '../base/quantity.ts';
import { parseTime } from './rfc3339.ts';

export type ScalarName = 'quantity' | 'time' | 'microTime' | 'duration' | 'intOrString' | 'bytes' | 'raw';

/** Named schemas that are scalars. They are leaves wherever a schema is walked. */
export const SCALAR_OF_REF: Readonly<Record<string, ScalarName>> = {
  'meta/v1/Quantity': 'quantity',
  'meta/v1/Time': 'time',
  'meta/v1/MicroTime': 'microTime',
  'meta/v1/Duration': 'duration',
  'meta/v1/IntOrString': 'intOrString',
  'meta/v1/RawExtension': 'raw',
  'meta/v1/FieldsV1': 'raw',
  'apiextensions.k8s.io/v1/JSON': 'raw',
};

/** What is wrong with a value: a whole text, or the name of the type that it does not fit (the caller knows the place). */
export type ScalarError = { readonly text: string } | { readonly type: string };

const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;
const QUANTITY_FORMAT_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const QUANTITY_SUFFIX_ERROR = "unable to parse quantity's suffix";
const QUANTITY_SHAPE = /^[+-]?\d*(?:\.\d*)?[eEinumkKMGTP]*[-+]?\d*$/;
const NOT_BASE64 = /[^A-Za-z0-9+/]/;

function quantityError(value: unknown): ScalarError | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return { text: QUANTITY_FORMAT_ERROR };
  if (parseQuantity(value)) return undefined;
  const text = String(value).trim();
  return {
    text: text !== '' && QUANTITY_SHAPE.test(text) && /\d/.test(text) ? QUANTITY_SUFFIX_ERROR : QUANTITY_FORMAT_ERROR,
  };
}

function timeError(value: unknown, precision: 'seconds' | 'microseconds'): ScalarError | undefined {
  if (typeof value !== 'string') return { type: 'string' };
  const parsed = parseTime(value, precision);
  return 'error' in parsed ? { text: parsed.error } : undefined;
}

function durationError(value: unknown): ScalarError | undefined {
  if (typeof value !== 'string') return { type: 'string' };
  const text = goDurationProblem(value);
  return text === undefined ? undefined : { text };
}

function intOrStringError(value: unknown): ScalarError | undefined {
  if (typeof value === 'string') return undefined;
  const fits = Number.isInteger(value) && (value as number) <= INT32_MAX && (value as number) >= INT32_MIN;
  return fits ? undefined : { type: 'int32' };
}

/** The offset of the first character that is not base64, as Go's decoder counts it (line breaks are skipped). */
function illegalBase64At(text: string): number {
  const bad = /[^A-Za-z0-9+/\r\n]/.exec(text);
  return bad ? bad.index : text.length - (text.length % 4);
}

/** Groups of four, the last one padded. Looks at each character once: values are large. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bad = text.search(NOT_BASE64);
  return bad < 0 || bad === text.length - padding;
}

function bytesError(value: unknown): ScalarError | undefined {
  if (typeof value !== 'string') return { type: '[]uint8' };
  if (isBase64(value) || isBase64(value.replace(/[\r\n]/g, ''))) return undefined;
  return { text: `illegal base64 data at input byte ${illegalBase64At(value)}` };
}

/** What the API server says of `value` where a `name` is expected; undefined when it fits. */
export function scalarError(name: ScalarName, value: unknown): ScalarError | undefined {
  switch (name) {
    case 'quantity':
      return quantityError(value);
    case 'time':
      return timeError(value, 'seconds');
    case 'microTime':
      return timeError(value, 'microseconds');
    case 'duration':
      return durationError(value);
    case 'intOrString':
      return intOrStringError(value);
    case 'bytes':
      return bytesError(value);
    case 'raw':
      return undefined;
  }
}

/** The value in the form in which the API answers it. What does not fit comes back as it is. */
export function normaliseScalar(name: ScalarName, value: unknown): unknown {
  switch (name) {
    case 'quantity':
      if (typeof value === 'number') return canonicalQuantity(value);
      return typeof value === 'string' ? canonicalQuantity(value.trim()) : value;
    case 'time':
    case 'microTime': {
      if (typeof value !== 'string') return value;
      const parsed = parseTime(value, name === 'time' ? 'seconds' : 'microseconds');
      return 'text' in parsed ? parsed.text : value;
    }
    case 'duration': {
      const nanos = typeof value === 'string' ? parseGoDuration(value) : undefined;
      return nanos === undefined ? value : formatGoDuration(nanos);
    }
    case 'bytes':
      return typeof value === 'string' && /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, '') : value;
    default:
      return value;
  }
}

/** The scalar's zero, which stands for a JSON null inside a list or a map. */
export function zeroScalar(name: ScalarName): unknown {
  switch (name) {
    case 'quantity':
      return '0';
    case 'duration':
      return '0s';
    case 'intOrString':
      return 0;
    case 'bytes':
      return '';
    default:
      return null;
  }
}
