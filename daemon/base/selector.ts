/**
 * Label selectors: their text (`a in (b,c),!d`), their object form (`matchLabels`, `matchExpressions`), and matching.
 * Grammar and error texts are those of `apimachinery/pkg/labels`. Pure; matching never throws.
 */

import { labelValueProblems, qualifiedNameProblems } from './names.ts';

export type SelectorOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt';

export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted, without repeats. */
  readonly values: readonly string[];
}

/** All must match; none at all matches everything. */
export type Selector = readonly Requirement[];

/** `meta/v1` LabelSelector. */
export interface LabelSelectorObject {
  matchLabels?: Record<string, string>;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

/** A selector's text that cannot be read. The message is the API server's. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

/** Longer texts are refused: no person or controller writes them. */
const TEXT_LENGTH_MAX = 64 * 1024;

type Token = 'identifier' | 'in' | 'notin' | 'end' | 'error' | ')' | ',' | '!' | '==' | '=' | '>' | '<' | '!=' | '(';

interface Item {
  token: Token;
  text: string;
}

const SYMBOLS: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const SPECIAL = /[=!(),><]/;
const SPACE = /[ \t\r\n]/;

function scan(text: string): Item[] {
  const items: Item[] = [];
  let at = 0;
  while (at < text.length) {
    const first = text[at]!;
    if (SPACE.test(first)) {
      at++;
    } else if (SPECIAL.test(first)) {
      const two = text.slice(at, at + 2);
      const symbol = SYMBOLS.has(two) ? two : first;
      items.push(
        SYMBOLS.has(symbol)
          ? { token: symbol as Token, text: symbol }
          : { token: 'error', text: `error expected: keyword found '${symbol}'` },
      );
      at += symbol.length;
    } else {
      const start = at;
      while (at < text.length && !SPECIAL.test(text[at]!) && !SPACE.test(text[at]!)) at++;
      const word = text.slice(start, at);
      items.push({ token: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
    }
  }
  items.push({ token: 'end', text: '' });
  return items;
}

class Parser {
  readonly #items: Item[];
  #at = 0;

  constructor(items: Item[]) {
    this.#items = items;
  }

  /** Keywords count as identifiers where a value or key may stand. */
  #peek(keywords = false): Item {
    const item = this.#items[this.#at] ?? { token: 'end' as const, text: '' };
    if (keywords || (item.token !== 'in' && item.token !== 'notin')) return item;
    return { token: 'identifier', text: item.text };
  }

  #take(keywords = false): Item {
    const item = this.#peek(keywords);
    this.#at++;
    return item;
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const { token, text } = this.#peek();
      if (token === 'end') return requirements;
      if (token !== 'identifier' && token !== '!') {
        throw new SelectorError(`found '${text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#parseRequirement());
      const next = this.#take();
      if (next.token === 'end') return requirements;
      if (next.token !== ',') throw new SelectorError(`found '${next.text}', expected: ',' or 'end of string'`);
      const after = this.#peek();
      if (after.token !== 'identifier' && after.token !== '!') {
        throw new SelectorError(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  #parseRequirement(): Requirement {
    try {
      return this.#readRequirement();
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  #readRequirement(): Requirement {
    let item = this.#take();
    const negated = item.token === '!';
    if (negated) item = this.#take();
    if (item.token !== 'identifier') throw new SelectorError(`found '${item.text}', expected: identifier`);
    const key = item.text;
    const problems = qualifiedNameProblems(key);
    if (problems.length > 0) {
      throw new SelectorError(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problems.join('; ')}`);
    }
    const next = this.#peek().token;
    if (negated || next === 'end' || next === ',') return { key, operator: negated ? '!' : 'exists', values: [] };
    const operator = this.#parseOperator();
    const values = operator === 'in' || operator === 'notin' ? this.#parseValues() : new Set([this.#parseExactValue()]);
    return checked({ key, operator, values: [...values].sort() });
  }

  #parseOperator(): SelectorOperator {
    const { token, text } = this.#take(true);
    if (token === '>') return 'gt';
    if (token === '<') return 'lt';
    if (token === 'in' || token === 'notin' || token === '=' || token === '==' || token === '!=') return token;
    throw new SelectorError(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  #parseValues(): Set<string> {
    const open = this.#take();
    if (open.token !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.token === ')') {
      this.#take();
      return new Set(['']);
    }
    if (first.token !== 'identifier' && first.token !== ',') {
      throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = this.#parseIdentifiers();
    if (this.#take().token !== ')') throw new SelectorError(`found '${first.text}', expected: ')'`);
    return values;
  }

  #parseIdentifiers(): Set<string> {
    const values = new Set<string>();
    for (;;) {
      const { token, text } = this.#take();
      if (token === 'identifier') {
        values.add(text);
        const next = this.#peek();
        if (next.token === ')') return values;
        if (next.token !== ',') throw new SelectorError(`found '${next.text}', expected: ',' or ')'`);
      } else if (token === ',') {
        if (values.size === 0) values.add('');
        const next = this.#peek();
        if (next.token === ')') return values.add('');
        if (next.token === ',') {
          this.#take();
          values.add('');
        }
      } else {
        throw new SelectorError(`found '${text}', expected: ',', or identifier`);
      }
    }
  }

  #parseExactValue(): string {
    const { token, text } = this.#peek();
    if (token === 'end' || token === ',') return '';
    this.#take();
    if (token === 'identifier') return text;
    throw new SelectorError(`found '${text}', expected: identifier`);
  }
}

function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  const comparison = operator === 'gt' || operator === 'lt';
  values.forEach((value, index) => {
    if (comparison && !/^[+-]?\d+$/.test(value)) {
      throw new SelectorError(
        `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    const problems = labelValueProblems(value);
    if (problems.length > 0) {
      const at = `values[${index}][${key}]`;
      throw new SelectorError(`${at}: Invalid value: ${JSON.stringify(value)}: ${problems.join('; ')}`);
    }
  });
  return requirement;
}

/** Reads a label selector's text. Throws {@link SelectorError} with the API server's wording. */
export function parseSelector(text: string): Selector {
  if (text === '') return [];
  if (text.length > TEXT_LENGTH_MAX) {
    throw new SelectorError(`the selector is ${text.length} characters long, at most ${TEXT_LENGTH_MAX} are read`);
  }
  const requirements = new Parser(scan(text)).parse();
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** The selector of a LabelSelector object: undefined when it is null or cannot be one (matches nothing); `{}` matches everything. */
export function selectorOf(object: LabelSelectorObject | null | undefined): Selector | undefined {
  if (!object) return undefined;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(object.matchLabels ?? {})) {
    requirements.push({ key, operator: '=', values: [value] });
  }
  for (const { key, operator, values } of object.matchExpressions ?? []) {
    const known = OPERATOR_OF[operator];
    if (!known) return undefined;
    requirements.push({ key, operator: known, values: [...new Set(values ?? [])].sort() });
  }
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

const OPERATOR_OF: Readonly<Record<string, SelectorOperator | undefined>> = {
  __proto__: null as never,
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** Whether labels fulfil every requirement. */
export function matchesSelector(selector: Selector, labels: Readonly<Record<string, string>> | undefined): boolean {
  return selector.every((requirement) => matchesRequirement(requirement, labels ?? {}));
}

/**
 * {@link matchesSelector} for many objects: what it costs depends on the object's few labels, however many requirements there are. Those that an
 * absent label fulfils are looked up by the labels that are there; of the others, the first that fails ends it.
 */
export function compileSelector(selector: Selector): (labels: Readonly<Record<string, string>> | undefined) => boolean {
  const needed = selector.filter(({ operator }) => !isMetByAbsence(operator)).map(compileRequirement);
  const forbidding = new Map<string, ((labels: Readonly<Record<string, string>>) => boolean)[]>();
  for (const requirement of selector.filter(({ operator }) => isMetByAbsence(operator))) {
    const tests = forbidding.get(requirement.key) ?? [];
    forbidding.set(requirement.key, tests);
    tests.push(compileRequirement(requirement));
  }
  return (labels = {}) => {
    if (!needed.every((test) => test(labels))) return false;
    if (forbidding.size === 0) return true;
    for (const key of Object.keys(labels)) {
      const tests = forbidding.get(key);
      if (tests && !tests.every((test) => test(labels))) return false;
    }
    return true;
  };
}

const isMetByAbsence = (operator: SelectorOperator) => operator === 'notin' || operator === '!=' || operator === '!';

/** Longer lists of values are looked up, not searched. */
const SEARCHED_VALUES_MAX = 8;

function compileRequirement(requirement: Requirement): (labels: Readonly<Record<string, string>>) => boolean {
  const { key, operator, values } = requirement;
  if (values.length <= SEARCHED_VALUES_MAX) return (labels) => matchesRequirement(requirement, labels);
  const set = new Set(values);
  const isIn = (labels: Readonly<Record<string, string>>) => Object.hasOwn(labels, key) && set.has(labels[key]!);
  return operator === 'in' ? isIn : (labels) => !isIn(labels);
}

function matchesRequirement({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value);
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default:
      return value !== undefined && compareNumbers(operator, value, values[0] ?? '');
  }
}

function compareNumbers(operator: 'gt' | 'lt', value: string, bound: string): boolean {
  if (!/^[+-]?\d+$/.test(value) || !/^[+-]?\d+$/.test(bound)) return false;
  return operator === 'gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}

/** The text of a selector, as `/scale` and tables show it. Empty for one that matches everything. */
export function formatSelector(selector: Selector): string {
  return selector.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

/** A LabelSelector object as table columns show it: `<none>` for null and for empty, `<error>` when it cannot be one. */
export function formatLabelSelector(object: LabelSelectorObject | null | undefined): string {
  const selector = selectorOf(object);
  if (object && !selector) return '<error>';
  return (selector && formatSelector(selector)) || '<none>';
}
