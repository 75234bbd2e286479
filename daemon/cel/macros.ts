/**
 * CEL's macros: calls that become other trees while parsing. `has`, the quantifiers and transformations over one and over two variables,
 * and the optional ones. Pure.
 */

import { ACCUMULATOR, type Call, type Comprehension, type Constant, type Expression, type Identifier } from './ast.ts';
import { SyntaxIssue } from './issues.ts';
import type { Value } from './values.ts';

export interface MacroCall {
  readonly at: number;
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
}

const constant = (at: number, value: Value): Constant => ({ kind: 'constant', at, value });
const call = (at: number, name: string, ...args: Expression[]): Call => ({
  kind: 'call',
  at,
  name,
  target: undefined,
  args,
});
const accumulated = (at: number): Identifier => ({ kind: 'identifier', at, name: ACCUMULATOR });
const emptyList = (at: number): Expression => ({ kind: 'list', at, elements: [] });
const emptyMap = (at: number): Expression => ({ kind: 'map', at, entries: [] });
const listOf = (at: number, value: Expression): Expression => ({
  kind: 'list',
  at,
  elements: [{ value, optional: false }],
});

type Fold = Pick<Comprehension, 'initial' | 'condition' | 'step' | 'result'>;

function fold({ at, target }: MacroCall, variables: readonly string[], parts: Fold): Comprehension {
  return { kind: 'comprehension', at, range: target!, variables, accumulator: ACCUMULATOR, ...parts };
}

function variableOf(argument: Expression): string {
  if (argument.kind === 'identifier') return argument.name;
  throw new SyntaxIssue(argument.at, 'argument must be a simple name');
}

function quantifier(source: MacroCall, variables: readonly string[], isAll: boolean): Comprehension {
  const { at } = source;
  const predicate = source.args.at(-1)!;
  const goesOn = isAll ? accumulated(at) : call(at, '!_', accumulated(at));
  return fold(source, variables, {
    initial: constant(at, isAll),
    condition: call(at, '@not_strictly_false', goesOn),
    step: call(at, isAll ? '_&&_' : '_||_', accumulated(at), predicate),
    result: accumulated(at),
  });
}

function existsOne(source: MacroCall, variables: readonly string[]): Comprehension {
  const { at } = source;
  const one = constant(at, 1n);
  return fold(source, variables, {
    initial: constant(at, 0n),
    condition: constant(at, true),
    step: call(at, '_?_:_', source.args.at(-1)!, call(at, '_+_', accumulated(at), one), accumulated(at)),
    result: call(at, '_==_', accumulated(at), one),
  });
}

/** Adds what `add` makes to the accumulator, for those that pass the filter. */
function gather(
  source: MacroCall,
  variables: readonly string[],
  filter: Expression | undefined,
  add: Expression,
  initial: Expression,
) {
  const { at } = source;
  const step = filter ? call(at, '_?_:_', filter, add, accumulated(at)) : add;
  return fold(source, variables, { initial, condition: constant(at, true), step, result: accumulated(at) });
}

function map(source: MacroCall): Comprehension {
  const { at, args } = source;
  const add = call(at, '_+_', accumulated(at), listOf(at, args.at(-1)!));
  return gather(source, [variableOf(args[0]!)], args.length === 3 ? args[1] : undefined, add, emptyList(at));
}

function filter(source: MacroCall): Comprehension {
  const { at, args } = source;
  const add = call(at, '_+_', accumulated(at), listOf(at, args[0]!));
  return gather(source, [variableOf(args[0]!)], args[1], add, emptyList(at));
}

function transformList(source: MacroCall): Comprehension {
  const { at, args } = source;
  const add = call(at, '_+_', accumulated(at), listOf(at, args.at(-1)!));
  return gather(source, twoVariables(source), args.length === 4 ? args[2] : undefined, add, emptyList(at));
}

function transformMap(source: MacroCall): Comprehension {
  const { at, args } = source;
  const add = call(at, '@map_insert', accumulated(at), args[0]!, args.at(-1)!);
  return gather(source, twoVariables(source), args.length === 4 ? args[2] : undefined, add, emptyMap(at));
}

function transformMapEntry(source: MacroCall): Comprehension {
  const { at, args } = source;
  const add = call(at, '@map_insert', accumulated(at), args.at(-1)!);
  return gather(source, twoVariables(source), args.length === 4 ? args[2] : undefined, add, emptyMap(at));
}

function twoVariables({ args }: MacroCall): string[] {
  const variables = [variableOf(args[0]!), variableOf(args[1]!)];
  if (variables[0] === variables[1]) throw new SyntaxIssue(args[1]!.at, `duplicate variable name: ${variables[0]}`);
  return variables;
}

function has({ args }: MacroCall): Expression {
  const argument = args[0]!;
  if (argument.kind === 'select' && !argument.testOnly) return { ...argument, testOnly: true };
  throw new SyntaxIssue(argument.at, 'invalid argument to has() macro');
}

/** `name` bound to `initial` within `result`: a fold over nothing. */
function bind(at: number, name: string, initial: Expression, result: Expression): Comprehension {
  return {
    kind: 'comprehension',
    at,
    range: emptyList(at),
    variables: ['#unused'],
    accumulator: name,
    initial,
    condition: constant(at, false),
    step: { kind: 'identifier', at, name },
    result,
  };
}

/** What the target of `optMap` is bound to; no identifier of a source can be called so. */
export const BOUND_TARGET = '@target';

/** `target.optMap(v, e)`: e over the value of an optional. The target is bound, not repeated: chains would double with each link. */
function optionalMap({ at, target, args }: MacroCall, isFlat: boolean): Expression {
  const bound: Identifier = { kind: 'identifier', at, name: BOUND_TARGET };
  const method = (name: string): Call => ({ kind: 'call', at, name, target: bound, args: [] });
  const optional: Identifier = { kind: 'identifier', at, name: 'optional' };
  const wrap = (name: string, ...inner: Expression[]): Call => ({
    kind: 'call',
    at,
    name,
    target: optional,
    args: inner,
  });
  const mapped = bind(at, variableOf(args[0]!), method('value'), args[1]!);
  const choice = call(at, '_?_:_', method('hasValue'), isFlat ? mapped : wrap('of', mapped), wrap('none'));
  return bind(at, bound.name, target!, choice);
}

type Expander = (source: MacroCall) => Expression;
const one =
  (make: (source: MacroCall, variables: readonly string[]) => Expression): Expander =>
  (source) =>
    make(source, [variableOf(source.args[0]!)]);
const two =
  (make: (source: MacroCall, variables: readonly string[]) => Expression): Expander =>
  (source) =>
    make(source, twoVariables(source));
const all = (source: MacroCall, variables: readonly string[]) => quantifier(source, variables, true);
const exists = (source: MacroCall, variables: readonly string[]) => quantifier(source, variables, false);

/** By name and number of arguments. */
const METHODS: Readonly<Record<string, Expander>> = {
  'all/2': one(all),
  'exists/2': one(exists),
  'exists_one/2': one(existsOne),
  'map/2': map,
  'map/3': map,
  'filter/2': filter,
  'all/3': two(all),
  'exists/3': two(exists),
  'existsOne/3': two(existsOne),
  'exists_one/3': two(existsOne),
  'transformList/3': transformList,
  'transformList/4': transformList,
  'transformMap/3': transformMap,
  'transformMap/4': transformMap,
  'transformMapEntry/3': transformMapEntry,
  'transformMapEntry/4': transformMapEntry,
  'optMap/2': (source) => optionalMap(source, false),
  'optFlatMap/2': (source) => optionalMap(source, true),
};

/** What a macro stands for, or undefined when the call is none. Throws a `SyntaxIssue` at arguments that no macro takes. */
export function expandMacro(source: MacroCall): Expression | undefined {
  if (!source.target) return source.name === 'has' && source.args.length === 1 ? has(source) : undefined;
  const key = `${source.name}/${source.args.length}`;
  return Object.hasOwn(METHODS, key) ? METHODS[key]!(source) : undefined;
}
