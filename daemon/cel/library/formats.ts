/**
 * Kubernetes' format library: the named formats of texts, each telling what is wrong with one.
 */

import * as names from '../../base/names.ts';
import { defineFunctions, type Implementation, parsing, passing } from '../overload.ts';
import { parseDate, parseTimestamp } from '../time.ts';
import { ArrayList, NONE, Opaque, Optional } from '../values.ts';
import { urlProblem } from './urls.ts';

type Problems = (text: string) => readonly string[];

class FormatValue extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly problems: Problems;
  constructor(problems: Problems) {
    super();
    this.problems = problems;
  }
}

/** A prefix may end in a dash: the generated suffix follows it. */
const asPrefix =
  (problems: Problems): Problems =>
  (text) =>
    problems(text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text);

const holding =
  (holds: (text: string) => boolean, problem: string): Problems =>
  (text) =>
    holds(text) ? [] : [problem];

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const FORMATS: ReadonlyMap<string, FormatValue> = new Map(
  Object.entries({
    dns1123Label: names.dns1123LabelProblems,
    dns1123Subdomain: names.dns1123SubdomainProblems,
    dns1035Label: names.dns1035LabelProblems,
    qualifiedName: names.qualifiedNameProblems,
    dns1123LabelPrefix: asPrefix(names.dns1123LabelProblems),
    dns1123SubdomainPrefix: asPrefix(names.dns1123SubdomainProblems),
    dns1035LabelPrefix: asPrefix(names.dns1035LabelProblems),
    labelValue: names.labelValueProblems,
    uri: (text: string) => urlProblem(text),
    uuid: holding((text) => UUID.test(text), 'does not match the UUID format'),
    byte: holding((text) => BASE64.test(text), 'invalid base64'),
    date: holding((text) => parseDate(text) !== undefined, 'invalid date'),
    datetime: holding((text) => parseTimestamp(text) !== undefined, 'invalid datetime'),
  }).map(([name, problems]) => [name, new FormatValue(problems)]),
);

function validate({ problems }: FormatValue, text: string): Optional {
  const found = problems(text);
  return found.length === 0 ? NONE : new Optional(new ArrayList([...found]));
}

const constants: Readonly<Record<string, Implementation>> = Object.fromEntries(
  [...FORMATS].map(([name, format]) => [`format.${name}(): kubernetes.NamedFormat`, () => format]),
);

export const NAMED_FORMATS = defineFunctions({
  'format.named(string): optional(kubernetes.NamedFormat)': (name: string) => {
    const format = FORMATS.get(name);
    return format ? new Optional(format) : NONE;
  },
  ...constants,
  // A dozen passes: the patterns behind the names are as long as that.
  '(kubernetes.NamedFormat).validate(string): optional(list(string))': [
    validate,
    (_, text) => 12 * passing(text!),
    (_, text) => 100 + 12 * parsing(text!),
  ],
});
