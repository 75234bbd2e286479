/**
 * What a CEL expression is once it is parsed: the tree of cel-spec's `syntax.proto`, macros already expanded. Data only.
 * Positions are offsets in the source (UTF-16 units), at the token by which people are told of a node: an operator, a dot, a bracket.
 */

import type { Value } from './values.ts';

export type Expression = Constant | Identifier | Select | Call | ListLiteral | MapLiteral | Comprehension;

export interface Constant {
  readonly kind: 'constant';
  readonly at: number;
  readonly value: Value;
}

export interface Identifier {
  readonly kind: 'identifier';
  readonly at: number;
  readonly name: string;
}

/** `operand.field`; `testOnly` is `has(operand.field)`. */
export interface Select {
  readonly kind: 'select';
  readonly at: number;
  readonly operand: Expression;
  readonly field: string;
  readonly testOnly: boolean;
}

/** A function, a method (`target`) or an operator by its internal name (`_+_`, `_[_]`, `_?._`). */
export interface Call {
  readonly kind: 'call';
  readonly at: number;
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
}

export interface ListLiteral {
  readonly kind: 'list';
  readonly at: number;
  readonly elements: readonly { readonly value: Expression; readonly optional: boolean }[];
}

export interface MapLiteral {
  readonly kind: 'map';
  readonly at: number;
  readonly entries: readonly {
    readonly key: Expression;
    readonly value: Expression;
    readonly optional: boolean;
    readonly at: number;
  }[];
}

/** What every macro over a range becomes: a fold with an accumulator. */
export interface Comprehension {
  readonly kind: 'comprehension';
  readonly at: number;
  readonly range: Expression;
  /** One: elements of a list or keys of a map. Two: index and element, or key and value. */
  readonly variables: readonly string[];
  readonly accumulator: string;
  readonly initial: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly result: Expression;
}

/** No identifier of a source can be called so. */
export const ACCUMULATOR = '@result';
