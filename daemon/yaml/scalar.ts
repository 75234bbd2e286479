/**
 * What a YAML scalar means, exactly as Kubernetes' YAML library (YAML 1.1 as go-yaml v2 reads it, then JSON) has it:
 * `0644` is 420, `yes`, `on` and `y` are true, `1e3` is a number, `12:30` and dates stay text.
 * Checked against recordings of kubectl (test/yaml/golden).
 */

type ScalarValue = string | number | boolean | null;

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
]);

const INFINITE_OR_NAN = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const NUMBER_START = /^[-+.0-9]/;
const PREFIXED_INTEGER = /^([-+]?)0(?:([xX])([0-9a-fA-F]+)|([bB])([01]+)|[oO]?([0-7]+))$/;
const DECIMAL_INTEGER = /^[-+]?(?:0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** A value that YAML knows and JSON does not. */
export class NotJsonError extends Error {}

function prefixedInteger(text: string): number | undefined {
  const match = PREFIXED_INTEGER.exec(text);
  if (!match) return undefined;
  const [, sign, hex, hexDigits, binary, binaryDigits, octalDigits] = match;
  const digits = hex ? `0x${hexDigits}` : binary ? `0b${binaryDigits}` : `0o${octalDigits}`;
  const value = BigInt(digits);
  // Beyond 64 bits it is no integer any more; the float rule reads it as decimal.
  if (value > 0xffff_ffff_ffff_ffffn) return undefined;
  return sign === '-' ? -Number(value) : Number(value);
}

/** Without `-0`, which JSON writes as 0. */
const plainZero = (value: number): number => (value === 0 ? 0 : value);

function numberOf(source: string): number | undefined {
  if (!NUMBER_START.test(source)) return undefined;
  const text = source.startsWith('.') ? source : source.replaceAll('_', '');
  const integer = DECIMAL_INTEGER.test(text) ? Number(text) : prefixedInteger(text);
  if (integer !== undefined) return plainZero(integer);
  if (!FLOAT.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A plain (unquoted, untagged) scalar. Throws {@link NotJsonError} for infinities and NaN. */
export function resolvePlain(source: string): ScalarValue {
  const word = WORDS.get(source);
  if (word !== undefined) return word;
  if (INFINITE_OR_NAN.test(source))
    throw new NotJsonError(`${source} is no number that JSON knows; quote it if it is text`);
  return numberOf(source) ?? source;
}

const TAG = 'tag:yaml.org,2002:';

/** A scalar with an explicit tag. Throws {@link NotJsonError} when text and tag do not agree. */
function resolveTagged(source: string, tag: string): ScalarValue {
  if (!tag.startsWith(TAG)) return source;
  const name = tag.slice(TAG.length);
  if (name === 'binary') {
    const bytes = Buffer.from(source.replace(/\s/g, ''), 'base64');
    return bytes.toString('utf8');
  }
  const value = resolvePlain(source);
  const fits =
    name === 'null'
      ? value === null
      : name === 'bool'
        ? typeof value === 'boolean'
        : name === 'int'
          ? Number.isInteger(value)
          : name === 'float'
            ? typeof value === 'number'
            : undefined;
  if (fits === undefined) return source;
  if (!fits) throw new NotJsonError(`${JSON.stringify(source)} is no ${name}, as its tag !!${name} says`);
  return value;
}

/**
 * The value of a scalar.
 * @param source its text, escapes and folding resolved
 * @param plain whether it was neither quoted nor a block
 * @param tag its resolved tag, for example `tag:yaml.org,2002:str`
 */
export function resolveScalar(source: string, plain: boolean, tag: string | undefined): ScalarValue {
  if (tag && tag !== '!') return resolveTagged(source, tag);
  const value = plain && !tag ? resolvePlain(source) : source;
  return typeof value === 'number' ? plainZero(value) : value;
}

/** A number as Go's JSON encoder writes it; only map keys need it. */
function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return Object.is(value, -0) ? '-0' : String(value);
  return String(value).replace(/e([-+])(\d)$/, 'e$10$2');
}

/** A scalar as a member's name; undefined when it cannot be one (null). */
export function keyText(source: string, plain: boolean, tag: string | undefined): string | undefined {
  if (plain && !tag && INFINITE_OR_NAN.test(source)) return source;
  const value = plain && !tag ? resolvePlain(source) : resolveScalar(source, plain, tag);
  if (value === null) return undefined;
  return typeof value === 'number' ? goNumber(value) : String(value);
}
