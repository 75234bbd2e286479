/**
 * Validation errors of fields, worded as `apimachinery/pkg/util/validation/field` words them.
 */

import { goQuote } from './go-quote.ts';
import type { StatusCause } from './status.ts';

export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid';

export interface FieldError {
  readonly type: FieldErrorType;
  /** `spec.containers[0].image` */
  readonly field: string;
  readonly value?: unknown;
  readonly detail: string;
}

/**
 * A path into an object: `path('spec').child('containers').index(0)`. Immutable. Validation makes one for every field that it looks at and reads hardly
 * any, so it is a step to its parent, and a text only when it is read.
 */
export class FieldPath {
  readonly #parent: FieldPath | undefined;
  readonly #step: string | number;
  readonly #isField: boolean;

  constructor(parent: FieldPath | undefined, step: string | number, isField: boolean) {
    this.#parent = parent;
    this.#step = step;
    this.#isField = isField;
  }

  child(name: string, ...within: string[]): FieldPath {
    let at = new FieldPath(this, name, true);
    for (const one of within) at = new FieldPath(at, one, true);
    return at;
  }

  index(position: number): FieldPath {
    return new FieldPath(this, position, false);
  }

  key(name: string): FieldPath {
    return new FieldPath(this, name, false);
  }

  toString(): string {
    const before = this.#parent?.toString() ?? '';
    if (!this.#isField) return `${before}[${this.#step}]`;
    return before ? `${before}.${this.#step}` : String(this.#step);
  }
}

export function path(text = ''): FieldPath {
  return new FieldPath(undefined, text, true);
}

const OMITTED = Symbol('omitted');

const make = (type: FieldErrorType, at: FieldPath, value: unknown, detail: string): FieldError => ({
  type,
  field: at.toString(),
  value,
  detail,
});

export const invalidValue = (at: FieldPath, value: unknown, detail: string): FieldError =>
  make('FieldValueInvalid', at, value, detail);
/** Of an object that is wrong as a whole: its value is not shown (`field.OmitValueType`). */
export const invalidWhole = (at: FieldPath, detail: string): FieldError =>
  make('FieldValueInvalid', at, OMITTED, detail);
export const required = (at: FieldPath, detail = ''): FieldError => make('FieldValueRequired', at, undefined, detail);
export const duplicate = (at: FieldPath, value: unknown): FieldError => make('FieldValueDuplicate', at, value, '');
export const forbiddenField = (at: FieldPath, detail: string): FieldError =>
  make('FieldValueForbidden', at, undefined, detail);
/** What the server could not find out. */
export const internalField = (at: FieldPath, detail: string): FieldError =>
  make('InternalError', at, undefined, detail);
export const notFoundField = (at: FieldPath, value: unknown): FieldError => make('FieldValueNotFound', at, value, '');
export const tooMany = (at: FieldPath, actual: number, max: number): FieldError =>
  make('FieldValueTooMany', at, actual, max < 0 ? 'has too many items' : `must have at most ${max} items`);
export const tooLong = (at: FieldPath, value: unknown, maxBytes: number): FieldError =>
  make('FieldValueTooLong', at, value, maxBytes < 0 ? 'value is too long' : `may not be more than ${maxBytes} bytes`);

/** `supported` is listed in the order given; callers sort it as the API server does for that field. */
export const notSupported = (at: FieldPath, value: unknown, supported: readonly string[]): FieldError =>
  make('FieldValueNotSupported', at, value, `supported values: ${supported.map(goQuote).join(', ')}`);

const PREFIX: Record<FieldErrorType, string> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  InternalError: 'Internal error',
  FieldValueTypeInvalid: 'Invalid value',
};

const WITHOUT_VALUE: ReadonlySet<FieldErrorType> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
  'InternalError',
]);

/** A value that is written into the message as it stands, and only once the message is asked for. */
export class GoText {
  readonly #write: () => string;
  #text: string | undefined;

  constructor(write: () => string) {
    this.#write = write;
  }

  get text(): string {
    this.#text ??= this.#write();
    return this.#text;
  }
}

export const goText = (text: string): GoText => new GoText(() => text);

/** Longer texts are cut: many errors may each show the same large value. */
const SHOWN_MAX = 16_384;

const cut = (text: string) => (text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX).toWellFormed()}…` : text);

/** Until 1.33 a missing value is written as a text. */
function renderValue(value: unknown): string {
  if (value === undefined || value === null) return '"null"';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return goQuote(cut(value));
  return cut(value instanceof GoText ? value.text : JSON.stringify(value));
}

/** The error without its field: `Invalid value: "x": must be …`. */
export function errorBody(error: FieldError): string {
  const detail = cut(error.detail);
  if (error.type === 'FieldValueTooMany') return `${PREFIX[error.type]}: ${String(error.value)}: ${detail}`;
  const head =
    WITHOUT_VALUE.has(error.type) || error.value === OMITTED
      ? PREFIX[error.type]
      : `${PREFIX[error.type]}: ${renderValue(error.value)}`;
  return detail ? `${head}: ${detail}` : head;
}

/** `spec.replicas: Invalid value: -1: must be greater than or equal to 0` */
export function formatFieldError(error: FieldError): string {
  return `${error.field}: ${errorBody(error)}`;
}

export function toCause(error: FieldError): StatusCause {
  return { reason: error.type, message: errorBody(error), field: error.field };
}

/** Several errors as `util/errors.Aggregate` prints them: one bare, more in brackets, repeats once. */
export function aggregateMessage(errors: readonly FieldError[]): string {
  const unique = [...new Set(errors.map(formatFieldError))];
  return unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`;
}
