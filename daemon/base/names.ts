/**
 * The formats of names that Kubernetes knows, each as a function that lists what is wrong with a text; `[]` when nothing is.
 * The texts are those of `apimachinery/pkg/util/validation`, because clients show them. Lengths are bytes of UTF-8.
 */

const NONE: readonly string[] = Object.freeze([]);

const QUALIFIED_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED_NAME})?`;
const DNS1123_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS1123_SUBDOMAIN = `${DNS1123_LABEL}(\\.${DNS1123_LABEL})*`;
const DNS1035_LABEL = '[a-z]([-a-z0-9]*[a-z0-9])?';
const PERCENT = '[0-9]+%';
const HTTP_HEADER = '[-A-Za-z0-9]+';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const CONDITION_REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';

/** Messages show Go's patterns; nobody asks what their groups hold, and without that they are tested in half the time. */
const whole = (pattern: string) => new RegExp(`^(?:${pattern.replaceAll('(', '(?:')})$`);
const QUALIFIED_NAME_RE = whole(QUALIFIED_NAME);
const LABEL_VALUE_RE = whole(LABEL_VALUE);
const DNS1123_LABEL_RE = whole(DNS1123_LABEL);
const DNS1123_SUBDOMAIN_RE = whole(DNS1123_SUBDOMAIN);
const DNS1035_LABEL_RE = whole(DNS1035_LABEL);
const PERCENT_RE = whole(PERCENT);
const HTTP_HEADER_RE = whole(HTTP_HEADER);
const CONFIG_KEY_RE = whole(CONFIG_KEY);
const CONDITION_REASON_RE = whole(CONDITION_REASON);
const PORT_NAME_RE = /^[-a-z0-9]+$/;
const LETTER_RE = /[a-z]/;
const PRINTABLE_ASCII_RE = /^[\x20-\x7e]*$/;

const LABEL_LENGTH_MAX = 63; // RFC 1123, section 2.1
const SUBDOMAIN_LENGTH_MAX = 253; // RFC 1035's 255 octets less the length and root octets
const PORT_NAME_LENGTH_MAX = 15; // RFC 6335

const byteLength = (text: string) => (PRINTABLE_ASCII_RE.test(text) ? text.length : Buffer.byteLength(text));

/** `must be no more than 63 characters` */
const lengthDetail = (max: number) => `must be no more than ${max} characters`;
/** `must be between 1 and 65535, inclusive` */
export const rangeDetail = (low: number, high: number) => `must be between ${low} and ${high}, inclusive`;

/** The detail of a failed pattern, with examples and the pattern. */
function patternDetail(text: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${text} (regex used for validation is '${pattern}')`;
  return `${text} (e.g. ${examples.map((one) => `'${one}', `).join(' or ')}regex used for validation is '${pattern}')`;
}

const QUALIFIED_NAME_DETAIL = patternDetail(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED_NAME,
  'MyName',
  'my.name',
  '123-abc',
);
const LABEL_VALUE_DETAIL = patternDetail(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  LABEL_VALUE,
  'MyValue',
  'my_value',
  '12345',
);
const DNS1123_LABEL_DETAIL = patternDetail(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  DNS1123_LABEL,
  'my-name',
  '123-abc',
);
const DNS1123_SUBDOMAIN_DETAIL = patternDetail(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  DNS1123_SUBDOMAIN,
  'example.com',
);
const DNS1035_LABEL_DETAIL = patternDetail(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  DNS1035_LABEL,
  'my-name',
  'abc-123',
);

function check(text: string, pattern: RegExp, detail: string, lengthMax: number): readonly string[] {
  const tooLong = byteLength(text) > lengthMax;
  const matches = pattern.test(text);
  if (!tooLong && matches) return NONE;
  return [...(tooLong ? [lengthDetail(lengthMax)] : []), ...(matches ? [] : [detail])];
}

/** RFC 1123 label: `web-1`. */
export function dns1123LabelProblems(text: string): readonly string[] {
  const problems = check(text, DNS1123_LABEL_RE, DNS1123_LABEL_DETAIL, LABEL_LENGTH_MAX);
  // What is several labels is told so.
  if (problems.length === 0 || !text.includes('.') || !DNS1123_SUBDOMAIN_RE.test(text)) return problems;
  return problems.map((problem) => (problem === DNS1123_LABEL_DETAIL ? 'must not contain dots' : problem));
}
/** RFC 1123 subdomain: `a.example.com`. */
export const dns1123SubdomainProblems = (text: string) =>
  check(text, DNS1123_SUBDOMAIN_RE, DNS1123_SUBDOMAIN_DETAIL, SUBDOMAIN_LENGTH_MAX);
/** RFC 1035 label: starts with a letter. */
export const dns1035LabelProblems = (text: string) =>
  check(text, DNS1035_LABEL_RE, DNS1035_LABEL_DETAIL, LABEL_LENGTH_MAX);
/** A label's value; may be empty. */
export const labelValueProblems = (text: string) => check(text, LABEL_VALUE_RE, LABEL_VALUE_DETAIL, LABEL_LENGTH_MAX);

/** A label's or annotation's key: `name` or `example.com/name`. */
export function qualifiedNameProblems(text: string): readonly string[] {
  const slash = text.indexOf('/');
  if (slash < 0) return qualifiedPartProblems(text, undefined);
  if (text.includes('/', slash + 1)) {
    return [
      `a qualified name ${QUALIFIED_NAME_DETAIL} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  return qualifiedPartProblems(text.slice(slash + 1), text.slice(0, slash));
}

function qualifiedPartProblems(name: string, prefix: string | undefined): readonly string[] {
  if (prefix === undefined && name.length <= LABEL_LENGTH_MAX && QUALIFIED_NAME_RE.test(name)) return NONE;
  const problems: string[] = [];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined) problems.push(...dns1123SubdomainProblems(prefix).map((one) => `prefix part ${one}`));
  if (name === '') problems.push('name part must be non-empty');
  else if (byteLength(name) > LABEL_LENGTH_MAX) problems.push(`name part ${lengthDetail(LABEL_LENGTH_MAX)}`);
  if (!QUALIFIED_NAME_RE.test(name)) problems.push(`name part ${QUALIFIED_NAME_DETAIL}`);
  return problems.length === 0 ? NONE : problems;
}

/** RFC 6335 service name: at most 15 of `[-a-z0-9]`, with a letter. */
export function portNameProblems(text: string): readonly string[] {
  const problems: string[] = [];
  if (byteLength(text) > PORT_NAME_LENGTH_MAX) problems.push(lengthDetail(PORT_NAME_LENGTH_MAX));
  if (!PORT_NAME_RE.test(text)) problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!LETTER_RE.test(text)) problems.push('must contain at least one letter (a-z)');
  if (text.includes('--')) problems.push('must not contain consecutive hyphens');
  if (text !== '' && (text.startsWith('-') || text.endsWith('-'))) problems.push('must not begin or end with a hyphen');
  return problems;
}

/** 1 to 65535. */
export function portNumberProblems(port: number): readonly string[] {
  return port >= 1 && port <= 65_535 ? NONE : [rangeDetail(1, 65_535)];
}

/** A user or group id of Linux: 0 to 2^31 - 1. */
export function idProblems(id: number): readonly string[] {
  return id >= 0 && id <= 2_147_483_647 ? NONE : [rangeDetail(0, 2_147_483_647)];
}

function changeDirectoryProblems(text: string): readonly string[] {
  if (text === '.') return ["must not be '.'"];
  if (text === '..') return ["must not be '..'"];
  return text.startsWith('..') ? ["must not start with '..'"] : NONE;
}

const CONFIG_KEY_DETAIL = patternDetail(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  CONFIG_KEY,
  'key.name',
  'KEY_NAME',
  'key-name',
);

/** A key of a ConfigMap or Secret, which becomes a file name. */
export function configKeyProblems(text: string): readonly string[] {
  const problems = check(text, CONFIG_KEY_RE, CONFIG_KEY_DETAIL, SUBDOMAIN_LENGTH_MAX);
  const changes = changeDirectoryProblems(text);
  return changes.length === 0 ? problems : [...problems, ...changes];
}

/** An environment variable's name since 1.32: printable ASCII without `=`. */
export function environmentNameProblems(text: string): readonly string[] {
  if (text === '') return ['environment variable name must be non-empty'];
  if (PRINTABLE_ASCII_RE.test(text) && !text.includes('=')) return NONE;
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

const PERCENT_DETAIL = patternDetail(
  "a valid percent string must be a numeric string followed by an ending '%'",
  PERCENT,
  '1%',
  '93%',
);

export const percentProblems = (text: string) => (PERCENT_RE.test(text) ? NONE : [PERCENT_DETAIL]);

const HTTP_HEADER_DETAIL = patternDetail(
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  HTTP_HEADER,
  'X-Header-Name',
);

export const httpHeaderProblems = (text: string) => (HTTP_HEADER_RE.test(text) ? NONE : [HTTP_HEADER_DETAIL]);

const CONDITION_REASON_DETAIL = patternDetail(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  CONDITION_REASON,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);

/** The reason of a `metav1.Condition`. */
export function conditionReasonProblems(reason: string): readonly string[] {
  return CONDITION_REASON_RE.test(reason) ? NONE : [CONDITION_REASON_DETAIL];
}
