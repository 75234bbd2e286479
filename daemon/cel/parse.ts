/**
 * Parses a CEL expression (cel-spec's grammar, with optional syntax) into a tree, macros expanded. Pure.
 * What a hostile source may cost is bounded: its length, its nesting, its nodes.
 *
 * An own parser, because none at hand reads all of the language as Kubernetes has it (optional entries, equal precedence of relations).
 */

import type { Call, Expression, ListLiteral, MapLiteral } from './ast.ts';
import { type Issue, SyntaxIssue } from './issues.ts';
import { readTokens, type Token } from './lexer.ts';
import { expandMacro } from './macros.ts';

/** cel-go's `maxRecursionDepth` is 250. */
const DEPTH_MAX = 250;
/** Links of `a + b + c …`; each nests a call. */
const CHAIN_MAX = 1000;
/** cel-go's `expressionSizeCodePointLimit`. */
const SOURCE_LENGTH_MAX = 100_000;
/** Checking takes some microseconds a node, and the event loop waits: nothing that people write comes near. */
const NODES_MAX = 10_000;

/** Names that may not be variables or functions (cel-spec, "Reserved"). They may be fields. */
const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

const RELATIONS = new Set(['<', '<=', '>', '>=', '==', '!=', 'in']);
const ADDITIONS = new Set(['+', '-']);
const MULTIPLICATIONS = new Set(['*', '/', '%']);

const EXPECTED_START =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

export type Parsed = { readonly expression: Expression } | { readonly issues: readonly Issue[] };

/** Never throws for what the source says. */
export function parseExpression(source: string): Parsed {
  if (source.length > SOURCE_LENGTH_MAX) {
    const message = `expression code point size exceeds limit: size: ${source.length}, limit ${SOURCE_LENGTH_MAX}`;
    return { issues: [{ at: 0, message }] };
  }
  try {
    return { expression: new Parser(readTokens(source)).parse() };
  } catch (error) {
    if (error instanceof SyntaxIssue) return { issues: [{ at: error.at, message: error.message }] };
    throw error;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #nodes = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#expression();
    const token = this.#peek();
    if (token.type !== 'end') {
      throw new SyntaxIssue(token.at, `Syntax error: mismatched input '${token.text}' expecting <EOF>`);
    }
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  /** The next token, taken, when it is the operator. */
  #take(operator: string): Token | undefined {
    const token = this.#peek();
    if (token.type !== 'operator' || token.text !== operator) return undefined;
    this.#next++;
    return token;
  }

  #expect(operator: string): Token {
    const token = this.#take(operator);
    if (token) return token;
    const found = this.#peek();
    throw new SyntaxIssue(found.at, `Syntax error: mismatched input '${found.text}' expecting '${operator}'`);
  }

  #count<T extends Expression>(expression: T): T {
    if (++this.#nodes > NODES_MAX) throw new SyntaxIssue(expression.at, 'expression is too large');
    return expression;
  }

  #call(at: number, name: string, args: readonly Expression[], target?: Expression): Call {
    return this.#count({ kind: 'call', at, name, target, args });
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > DEPTH_MAX) {
      throw new SyntaxIssue(this.#peek().at, `expression recursion limit exceeded: ${DEPTH_MAX}`);
    }
    const parsed = parse();
    this.#depth--;
    return parsed;
  }

  #expression(): Expression {
    return this.#nested(() => {
      const condition = this.#or();
      const question = this.#take('?');
      if (!question) return condition;
      const yes = this.#or();
      this.#expect(':');
      return this.#call(question.at, '_?_:_', [condition, yes, this.#expression()]);
    });
  }

  #or(): Expression {
    return this.#logical('||', '_||_', () => this.#and());
  }

  #and(): Expression {
    return this.#logical('&&', '_&&_', () => this.#binary(RELATIONS, () => this.#sum()));
  }

  #sum(): Expression {
    return this.#binary(ADDITIONS, () => this.#binary(MULTIPLICATIONS, () => this.#unary()));
  }

  /** A chain of one operator is one flat call: neither checking nor evaluation then nests with its length. */
  #logical(operator: string, name: string, operand: () => Expression): Expression {
    const terms = [operand()];
    let at: number | undefined;
    for (let token = this.#take(operator); token; token = this.#take(operator)) {
      at ??= token.at;
      terms.push(operand());
    }
    return at === undefined ? terms[0]! : this.#call(at, name, terms);
  }

  /** Chains of other operators nest to the left, so their length counts as depth. */
  #binary(operators: ReadonlySet<string>, operand: () => Expression): Expression {
    let left = operand();
    const depth = this.#depth;
    for (;;) {
      const token = this.#peek();
      if (token.type !== 'operator' || !operators.has(token.text)) break;
      this.#next++;
      if (++this.#depth > CHAIN_MAX) {
        throw new SyntaxIssue(token.at, `expression recursion limit exceeded: ${CHAIN_MAX}`);
      }
      const name = token.text === 'in' ? '@in' : `_${token.text}_`;
      left = this.#call(token.at, name, [left, operand()]);
    }
    this.#depth = depth;
    return left;
  }

  #unary(): Expression {
    const token = this.#peek();
    if (this.#take('!')) return this.#repeated(token, '!', '!_');
    if (!this.#take('-')) return this.#member();
    const literal = this.#peek();
    if (literal.type === 'literal' && (typeof literal.value === 'bigint' || typeof literal.value === 'number')) {
      this.#next++;
      return this.#postfix(this.#count({ kind: 'constant', at: token.at, value: -literal.value }));
    }
    return this.#repeated(token, '-', '-_');
  }

  /** `!!a` is `a`: pairs cancel out, as cel-go has it. */
  #repeated(first: Token, operator: string, name: string): Expression {
    let times = 1;
    while (this.#take(operator)) times++;
    const operand = this.#member();
    return times % 2 === 0 ? operand : this.#call(first.at, name, [operand]);
  }

  #member(): Expression {
    return this.#postfix(this.#primary());
  }

  #postfix(base: Expression): Expression {
    let expression = base;
    const depth = this.#depth;
    for (;;) {
      const next = this.#take('.') ?? this.#take('[');
      if (!next) break;
      if (++this.#depth > DEPTH_MAX) {
        throw new SyntaxIssue(next.at, `expression recursion limit exceeded: ${DEPTH_MAX}`);
      }
      expression = next.text === '.' ? this.#selection(expression, next) : this.#index(expression, next);
    }
    this.#depth = depth;
    return expression;
  }

  #index(operand: Expression, bracket: Token): Expression {
    const name = this.#take('?') ? '_[?_]' : '_[_]';
    const key = this.#expression();
    this.#expect(']');
    return this.#call(bracket.at, name, [operand, key]);
  }

  #selection(operand: Expression, dot: Token): Expression {
    const isOptional = this.#take('?') !== undefined;
    const field = this.#name();
    if (isOptional) {
      const key = this.#count({ kind: 'constant', at: field.at, value: field.text } as const);
      return this.#call(dot.at, '_?._', [operand, key]);
    }
    const open = this.#take('(');
    if (!open) return this.#count({ kind: 'select', at: dot.at, operand, field: field.text, testOnly: false });
    return this.#macroOrCall(open.at, field.text, this.#arguments(')'), operand);
  }

  #name(): Token {
    const token = this.#peek();
    if (token.type === 'identifier') {
      this.#next++;
      return token;
    }
    const message =
      token.type === 'end'
        ? `no viable alternative at input '.'`
        : `mismatched input '${token.text}' expecting IDENTIFIER`;
    throw new SyntaxIssue(token.at, `Syntax error: ${message}`);
  }

  #arguments(close: string): Expression[] {
    const args: Expression[] = [];
    if (this.#take(close)) return args;
    do args.push(this.#expression());
    while (this.#take(','));
    this.#expect(close);
    return args;
  }

  #macroOrCall(at: number, name: string, args: Expression[], target?: Expression): Expression {
    const expanded = expandMacro({ at, name, args, target });
    if (!expanded) return this.#call(at, name, args, target);
    // A macro adds some nodes of its own.
    this.#nodes += 8;
    return this.#count(expanded);
  }

  #primary(): Expression {
    const token = this.#peek();
    this.#next++;
    if (token.type === 'literal') return this.#constant(token);
    if (token.type === 'identifier') return this.#identifier(token, token.text);
    if (token.text === '.') {
      const name = this.#name();
      return this.#identifier(name, name.text);
    }
    if (token.text === '(') {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (token.text === '[') return this.#list(token);
    if (token.text === '{') return this.#map(token);
    throw new SyntaxIssue(token.at, `Syntax error: mismatched input '${token.text}' expecting ${EXPECTED_START}`);
  }

  #constant(token: Token): Expression {
    const value = token.value!;
    if (typeof value === 'bigint' && value > 9_223_372_036_854_775_807n) {
      throw new SyntaxIssue(token.at, 'Syntax error: invalid int literal');
    }
    return this.#count({ kind: 'constant', at: token.at, value });
  }

  #identifier(token: Token, name: string): Expression {
    if (RESERVED.has(name)) throw new SyntaxIssue(token.at, `reserved identifier: ${name}`);
    const open = this.#take('(');
    if (open) return this.#macroOrCall(open.at, name, this.#arguments(')'));
    return this.#count({ kind: 'identifier', at: token.at, name });
  }

  /** Calls back for each entry up to `close`; a comma may follow the last. */
  #entries(close: string, entry: (optional: boolean) => void): void {
    while (!this.#take(close)) {
      entry(this.#take('?') !== undefined);
      if (this.#take(',')) continue;
      this.#expect(close);
      return;
    }
  }

  #list(bracket: Token): ListLiteral {
    const elements: { value: Expression; optional: boolean }[] = [];
    this.#entries(']', (optional) => elements.push({ value: this.#expression(), optional }));
    return this.#count({ kind: 'list', at: bracket.at, elements });
  }

  #map(brace: Token): MapLiteral {
    const entries: { key: Expression; value: Expression; optional: boolean; at: number }[] = [];
    this.#entries('}', (optional) => {
      const key = this.#expression();
      const { at } = this.#expect(':');
      entries.push({ key, value: this.#expression(), optional, at });
    });
    return this.#count({ kind: 'map', at: brace.at, entries });
  }
}
