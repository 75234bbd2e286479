/**
 * Makes a checked expression into closures that compute its value within a budget. What it costs is counted as cel-go counts it.
 *
 * Errors are thrown and absorbed where CEL absorbs them: `false && error` is false, `true || error` is true, and so in quantifiers.
 */

import type { Call, Comprehension, Expression, ListLiteral, MapLiteral, Select } from './ast.ts';
import type { Budget } from './budget.ts';
import type { Checked } from './check.ts';
import { CelError } from './errors.ts';
import {
  EntryMap,
  GrowingList,
  keyOf,
  List,
  MapValue,
  NONE,
  Optional,
  TypeValue,
  typeNameOf,
  type Value,
} from './values.ts';

/** Where the variables' values come from; undefined for one that has none. Asked each time the variable is met. */
export type Activation = (name: string) => Value | undefined;

/** An accumulator may hold an error that later terms absorb. */
type Slot = Value | undefined | { readonly thrown: CelError };

interface Frame {
  readonly activation: Activation;
  readonly budget: Budget;
  readonly slots: Slot[];
}

export type Evaluator = (frame: Frame) => Value;

const LIST_COST = 10;
const MAP_COST = 30;

/** `slots` is how many a frame needs. */
export function planEvaluation(expression: Expression, checked: Checked): { evaluate: Evaluator; slots: number } {
  const planner = new Planner(checked);
  const evaluate = planner.plan(expression);
  return { evaluate, slots: planner.slots };
}

class Planner {
  slots = 0;
  readonly #checked: Checked;
  /** Where the variables of comprehensions stand, the innermost last. */
  readonly #scopes: Map<string, number>[] = [];

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  plan(node: Expression): Evaluator {
    switch (node.kind) {
      case 'constant': {
        const { value } = node;
        return () => value;
      }
      case 'identifier':
        return this.#name(node);
      case 'select':
        return this.#checked.references.has(node) ? this.#name(node) : this.#select(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return this.#list(node);
      case 'map':
        return this.#map(node);
      default:
        return this.#comprehension(node);
    }
  }

  #name(node: Expression): Evaluator {
    const reference = this.#checked.references.get(node);
    if (reference?.kind === 'type') {
      const value = new TypeValue(reference.name);
      return () => value;
    }
    const name = reference?.kind === 'variable' ? reference.name : '';
    const slot = this.#slotOf(name);
    if (slot !== undefined) return readSlot(slot);
    return ({ activation, budget }) => {
      budget.charge(1);
      const value = activation(name);
      if (value === undefined) throw new CelError(`no such attribute(s): ${name}`);
      return value;
    };
  }

  #slotOf(name: string): number | undefined {
    for (let index = this.#scopes.length - 1; index >= 0; index--) {
      const slot = this.#scopes[index]!.get(name);
      if (slot !== undefined) return slot;
    }
    return undefined;
  }

  #select({ operand, field, testOnly }: Select): Evaluator {
    const evaluate = this.plan(operand);
    if (testOnly) return (frame) => hasField(evaluate(frame), field);
    return (frame) => {
      const value = evaluate(frame);
      frame.budget.charge(1);
      return selectField(value, field);
    };
  }

  #call(node: Call): Evaluator {
    switch (node.name) {
      case '_&&_':
        return this.#logical(node, false);
      case '_||_':
        return this.#logical(node, true);
      case '_?_:_':
        return this.#ternary(node);
      case '_?._':
        return this.#optionalSelect(node);
      case '@not_strictly_false':
        return this.#notFalse(node);
      default:
        return this.#function(node);
    }
  }

  /** Ends at the first term that is `deciding`, whatever was thrown before it. */
  #logical(node: Call, deciding: boolean): Evaluator {
    const terms = node.args.map((arg) => this.plan(arg));
    return (frame) => {
      let thrown: CelError | undefined;
      for (const term of terms) {
        try {
          const value = term(frame);
          if (value === deciding) return deciding;
          if (value !== !deciding) thrown ??= new CelError('no such overload');
        } catch (error) {
          thrown ??= absorb(error);
        }
      }
      if (thrown) throw thrown;
      return !deciding;
    };
  }

  #ternary({ args }: Call): Evaluator {
    const [condition, yes, no] = args.map((arg) => this.plan(arg));
    return (frame) => {
      const value = condition!(frame);
      if (value === true) return yes!(frame);
      if (value === false) return no!(frame);
      throw new CelError('no such overload');
    };
  }

  #optionalSelect({ args }: Call): Evaluator {
    const evaluate = this.plan(args[0]!);
    const key = args[1]!.kind === 'constant' ? args[1]!.value : '';
    return (frame) => {
      const value = evaluate(frame);
      frame.budget.charge(1);
      const map = value instanceof Optional ? value.value : value;
      if (map === undefined) return NONE;
      if (!(map instanceof MapValue)) throw new CelError('no such overload');
      return optionalOf(map.get(key));
    };
  }

  #notFalse({ args }: Call): Evaluator {
    const evaluate = this.plan(args[0]!);
    return (frame) => {
      frame.budget.charge(1);
      try {
        return evaluate(frame) !== false;
      } catch (error) {
        absorb(error);
        return true;
      }
    };
  }

  #function(node: Call): Evaluator {
    const reference = this.#checked.references.get(node);
    if (reference?.kind !== 'functions') throw new Error(`unchecked call of ${node.name}`);
    const { overloads, isMethod } = reference;
    const inputs = isMethod ? [node.target!, ...node.args] : node.args;
    const args = inputs.map((input) => this.plan(input));
    if (isMethod && (node.name === 'orValue' || node.name === 'or'))
      return orElse(args[0]!, args[1]!, node.name === 'or');
    const [only] = overloads.length === 1 ? overloads : [];
    // Where nothing is dynamic the checker has decided.
    const isCertain =
      only !== undefined && inputs.every((input) => isCertainType(this.#checked.types.get(input)?.kind));
    return (frame) => {
      const values = args.map((arg) => arg(frame));
      const overload = isCertain ? only : overloads.find(({ accepts }) => accepts(values));
      if (!overload) throw noOverload(node.name, values);
      frame.budget.charge(overload.cost(...values), overload.steps?.(...values));
      return overload.run(frame.budget.step, values);
    };
  }

  #list({ elements }: ListLiteral): Evaluator {
    const parts = elements.map(({ value, optional }) => ({ evaluate: this.plan(value), optional }));
    return (frame) => {
      const values: Value[] = [];
      for (const { evaluate, optional } of parts) {
        const value = evaluate(frame);
        if (!optional) values.push(value);
        else if (value instanceof Optional && value.value !== undefined) values.push(value.value);
      }
      frame.budget.charge(LIST_COST);
      return new GrowingList(values);
    };
  }

  #map({ entries }: MapLiteral): Evaluator {
    const parts = entries.map(({ key, value, optional }) => ({
      key: this.plan(key),
      value: this.plan(value),
      optional,
    }));
    return (frame) => {
      const made = new Map<string, readonly [Value, Value]>();
      for (const { key, value, optional } of parts) {
        const name = key(frame);
        const text = keyOf(name);
        if (text === undefined) throw new CelError('unsupported key type');
        const evaluated = value(frame);
        const present = optional ? (evaluated instanceof Optional ? evaluated.value : undefined) : evaluated;
        if (present === undefined) continue;
        if (made.has(text)) throw new CelError(`Failed with repeated key`);
        made.set(text, [name, present]);
      }
      frame.budget.charge(MAP_COST);
      return new EntryMap(made);
    };
  }

  #comprehension(node: Comprehension): Evaluator {
    const range = this.plan(node.range);
    const initial = this.plan(node.initial);
    const accumulator = this.slots++;
    this.#scopes.push(new Map([[node.accumulator, accumulator]]));
    const variables = node.variables.map(() => this.slots++);
    this.#scopes.push(new Map(node.variables.map((name, index) => [name, variables[index]!])));
    const condition = this.plan(node.condition);
    const step = this.plan(node.step);
    this.#scopes.pop();
    const result = this.plan(node.result);
    this.#scopes.pop();
    return (frame) => {
      const { slots } = frame;
      const over = range(frame);
      slots[accumulator] = initial(frame);
      for (const [first, second] of pairsOf(over, variables.length)) {
        slots[variables[0]!] = first;
        if (variables[1] !== undefined) slots[variables[1]] = second;
        if (condition(frame) === false) break;
        slots[accumulator] = keepError(step, frame);
      }
      return result(frame);
    };
  }
}

function readSlot(slot: number): Evaluator {
  return ({ slots, budget }) => {
    budget.charge(1);
    const value = slots[slot];
    if (value !== null && typeof value === 'object' && 'thrown' in value) throw value.thrown;
    return value as Value;
  };
}

function keepError(step: Evaluator, frame: Frame): Slot {
  try {
    return step(frame);
  } catch (error) {
    return { thrown: absorb(error) };
  }
}

/** Of one variable, elements or keys; of two, index and element or key and value. */
function* pairsOf(over: Value, variables: number): Generator<readonly [Value, Value]> {
  if (over instanceof List) {
    for (let index = 0; index < over.size; index++) {
      yield variables === 1 ? [over.at(index), null] : [BigInt(index), over.at(index)];
    }
  } else if (over instanceof MapValue) {
    for (const key of over.keys()) yield [key, variables === 1 ? null : over.get(key)!];
  } else throw new CelError(`got '${typeNameOf(over)}', expected iterable type`);
}

/** Anything but a mistake of the expression goes on: a spent budget, a defect. */
function absorb(error: unknown): CelError {
  if (error instanceof CelError) return error;
  throw error;
}

const optionalOf = (value: Value | undefined): Optional => (value === undefined ? NONE : new Optional(value));

/** The alternative is computed only when it is needed. */
function orElse(target: Evaluator, alternative: Evaluator, isOptional: boolean): Evaluator {
  return (frame) => {
    const value = target(frame);
    frame.budget.charge(1);
    if (!(value instanceof Optional)) throw new CelError('no such overload');
    if (value.value === undefined) return alternative(frame);
    return isOptional ? value : value.value;
  };
}

function selectField(value: Value, field: string): Value {
  if (value instanceof Optional) {
    if (value.value === undefined) return NONE;
    if (value.value instanceof MapValue) return optionalOf(value.value.get(field));
  }
  if (!(value instanceof MapValue)) throw new CelError(value === null ? `no such key: ${field}` : 'no such overload');
  const found = value.get(field);
  if (found === undefined) throw new CelError(`no such key: ${field}`);
  return found;
}

function hasField(value: Value, field: string): boolean {
  const map = value instanceof Optional ? value.value : value;
  if (map === undefined || map === null) return false;
  if (!(map instanceof MapValue)) throw new CelError('no such overload');
  return map.has(field);
}

const isCertainType = (kind: string | undefined): boolean =>
  kind !== undefined && kind !== 'dyn' && kind !== 'parameter' && kind !== 'error' && kind !== 'object';

function noOverload(name: string, values: readonly Value[]): CelError {
  const readable = name.startsWith('_') || name.startsWith('@') ? undefined : name;
  return new CelError(
    readable ? `no such overload: ${readable}(${values.map(typeNameOf).join(', ')})` : 'no such overload',
  );
}
