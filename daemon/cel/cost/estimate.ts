/**
 * What evaluating an expression may cost at most, worked out before there is a value (`checker/cost.go` of cel-go v0.22): the sizes come from
 * literals and from the schema (`schema-type.ts`), an unbounded loop costs as much as its range may have elements. Pure.
 */

import { ACCUMULATOR, type Call, type Comprehension, type Expression, type Select } from '../ast.ts';
import type { Checked } from '../check.ts';
import { BOUND_TARGET } from '../macros.ts';
import type { Type } from '../types.ts';
import { type CallEstimate, estimateOverloads, type Operand, sizeOrScalar } from './functions.ts';
import { exactly, NOTHING, ONE, plus, type Range, times, union } from './ranges.ts';

/** Where a value comes from: a variable, then names of fields, `@items`, `@keys` or `@values`. */
export type Path = readonly string[];
/** How large the value at a path may be; undefined when nothing is known of it. */
export type SizeSource = (path: Path, type: Type) => Range | undefined;

/** The sizes that a schema's type declares. Whatever the variable is called, it is of this type, as upstream has it. */
export function sizesOf(root: Type): SizeSource {
  return ([, ...steps]) => {
    let type: Type | undefined = root;
    for (const step of steps) {
      type = inner(type, step);
      if (!type) return undefined;
    }
    return { min: 0, max: type.maxElements ?? 0 };
  };
}

function inner(type: Type, step: string): Type | undefined {
  switch (step) {
    case '@items':
    case '@values':
      return type.kind === 'list' ? type.element : type.kind === 'map' ? type.value : undefined;
    case '@keys':
      return type.kind === 'map' ? type.key : undefined;
    default:
      return type.kind === 'object' ? type.fields.get(step)?.type : undefined;
  }
}

const LIST_COST = exactly(10);
const MAP_COST = exactly(30);

/** In upstream's units of cost. */
export function estimateCost(expression: Expression, checked: Checked, sizes: SizeSource): Range {
  return new Coster(checked, sizes).cost(expression);
}

class Coster {
  readonly #checked: Checked;
  readonly #declared: SizeSource;
  readonly #paths = new Map<Expression, Path>();
  readonly #sizes = new Map<Expression, Range>();
  /** The ranges of the loops around, by their first variable; upstream knows nothing of the second. */
  readonly #ranges = new Map<string, Expression[]>();
  /** The targets of `optMap`, the innermost last, with their costs: upstream repeats them where we bind them. */
  readonly #targets: { readonly node: Expression; readonly cost: Range }[] = [];

  constructor(checked: Checked, declared: SizeSource) {
    this.#checked = checked;
    this.#declared = declared;
  }

  cost(node: Expression): Range {
    switch (node.kind) {
      case 'constant':
        return NOTHING;
      case 'identifier':
        return this.#name(node, node.name);
      case 'select':
        return this.#select(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return plus(LIST_COST, ...node.elements.map(({ value }) => this.cost(value)));
      case 'map':
        return plus(MAP_COST, ...node.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]));
      default:
        return node.accumulator === BOUND_TARGET ? this.#boundTarget(node) : this.#comprehension(node);
    }
  }

  #name(node: Expression, name: string): Range {
    if (name === BOUND_TARGET) return this.#targetAgain(node);
    const range = this.#ranges.get(name)?.at(-1);
    const kind = range && this.#typeOf(range).kind;
    if (!range) this.#paths.set(node, [name]);
    else if (kind === 'list' || kind === 'map')
      this.#paths.set(node, [...this.#pathOf(range), kind === 'list' ? '@items' : '@keys']);
    return ONE;
  }

  #targetAgain(node: Expression): Range {
    const target = this.#targets.at(-1)!;
    const size = this.#sizes.get(target.node);
    this.#paths.set(node, this.#pathOf(target.node));
    if (size) this.#sizes.set(node, size);
    return target.cost;
  }

  #boundTarget({ initial, result }: Comprehension): Range {
    this.#targets.push({ node: initial, cost: this.cost(initial) });
    const cost = this.cost(result);
    this.#targets.pop();
    return cost;
  }

  #select(node: Select): Range {
    const reference = this.#checked.references.get(node);
    if (reference && reference.kind !== 'functions') return this.#name(node, reference.name);
    const operand = this.cost(node.operand);
    // `has` looks at what its operand has cost to find.
    if (node.testOnly) return operand;
    const { kind } = this.#typeOf(node.operand);
    this.#paths.set(node, [...this.#pathOf(node.operand), node.field]);
    return kind === 'map' || kind === 'object' ? plus(operand, ONE) : operand;
  }

  #call(node: Call): Range {
    const args = node.args.map((arg) => this.cost(arg));
    switch (node.name) {
      case '_&&_':
      case '_||_':
        // The first term may decide.
        return { min: args[0]!.min, max: plus(...args).max };
      case '_?_:_':
        this.#sizes.set(node, union(this.#sizeOf(node.args[1]!), this.#sizeOf(node.args[2]!)));
        return plus(args[0]!, union(args[1]!, args[2]!));
      case '_?._':
      case '@not_strictly_false':
        return plus(ONE, ...args);
      default:
        return plus(...args, this.#function(node));
    }
  }

  #function(node: Call): Range {
    const reference = this.#checked.references.get(node);
    if (reference?.kind !== 'functions') return NOTHING;
    const target = reference.isMethod ? node.target : undefined;
    const before = target ? this.cost(target) : NOTHING;
    const { overloads } = reference;
    const estimate: CallEstimate = estimateOverloads(
      overloads,
      target && this.#operand(target),
      node.args.map((arg) => this.#operand(arg)),
    );
    if (node.name === '_[_]') {
      const indexed = overloads.findLast(({ parameters: [of] }) => of?.kind === 'list' || of?.kind === 'map');
      const step = indexed?.parameters[0]?.kind === 'map' ? '@values' : '@items';
      if (indexed) this.#paths.set(node, [...this.#pathOf(node.args[0]!), step]);
    }
    if (estimate.size) this.#sizes.set(node, estimate.size);
    return plus(before, estimate.cost);
  }

  #comprehension(node: Comprehension): Range {
    const before = plus(this.cost(node.range), this.cost(node.initial));
    const [variable] = node.variables;
    const ranges = this.#ranges.get(variable!) ?? [];
    this.#ranges.set(variable!, [...ranges, node.range]);
    const each = plus(this.cost(node.condition), this.cost(node.step));
    this.#ranges.set(variable!, ranges);
    const result = this.cost(node.result);
    const count = this.#sizeOf(node.range);
    this.#sizes.set(node, count);
    return plus(before, result, times(count, each));
  }

  #typeOf(node: Expression): Type {
    return this.#checked.types.get(node) ?? { kind: 'dyn' };
  }

  #pathOf(node: Expression): Path {
    return this.#paths.get(node) ?? [];
  }

  #sizeOf(node: Expression): Range {
    return sizeOrScalar(this.#operand(node));
  }

  #operand(node: Expression): Operand {
    const path = this.#pathOf(node);
    // Of what a loop gathers nothing is declared.
    const own = path[0] === ACCUMULATOR ? [] : path;
    const size = this.#sizes.get(node) ?? sizeOfLiteral(node);
    return { ...this.#place(own, this.#typeOf(node)), expression: node, computedSize: size };
  }

  #place(path: Path, type: Type): Operand {
    return {
      type,
      declaredSize: () => (path.length === 0 ? undefined : this.#declared(path, type)),
      elements: () =>
        type.kind === 'list' ? this.#place(path.length === 0 ? [] : [...path, '@items'], type.element) : undefined,
    };
  }
}

function sizeOfLiteral(node: Expression): Range | undefined {
  if (node.kind === 'list') return exactly(node.elements.length);
  if (node.kind === 'map') return exactly(node.entries.length);
  if (node.kind !== 'constant') return undefined;
  const { value } = node;
  if (typeof value === 'string') return exactly(Buffer.byteLength(value));
  return value instanceof Uint8Array ? exactly(value.length) : ONE;
}
