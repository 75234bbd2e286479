/**
 * Gives every node of an expression its type, or says what is wrong, in cel-go's words. Pure.
 *
 * Every overload of a function that the types of its arguments allow stays a candidate (dynamic arguments allow several); the values decide.
 */

import type { Call, Comprehension, Expression, Identifier, ListLiteral, MapLiteral, Select } from './ast.ts';
import { type Environment, FUNCTIONS, TYPE_NAMES } from './environment.ts';
import type { Issue } from './issues.ts';
import type { Overload } from './overload.ts';
import * as types from './types.ts';
import { areAssignable, formatType, isAssignable, resolveType, Substitutions, type Type } from './types.ts';

/** What a name was found to be. */
export type Reference =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'type'; readonly name: string }
  | { readonly kind: 'functions'; readonly overloads: readonly Overload[]; readonly isMethod: boolean };

export interface Checked {
  readonly type: Type;
  readonly types: ReadonlyMap<Expression, Type>;
  /** Of identifiers and selections that are variables or types, and of calls. */
  readonly references: ReadonlyMap<Expression, Reference>;
  readonly issues: readonly Issue[];
}

export function checkExpression(expression: Expression, environment: Environment): Checked {
  const checker = new Checker(environment);
  const type = checker.check(expression);
  return {
    type: checker.resolve(type),
    types: new Map([...checker.types].map(([node, found]) => [node, checker.resolve(found)])),
    references: checker.references,
    issues: checker.issues,
  };
}

/** More are not told, and no more is looked for. */
const ISSUES_MAX = 100;

class Checker {
  readonly issues: Issue[] = [];
  readonly types = new Map<Expression, Type>();
  readonly references = new Map<Expression, Reference>();
  readonly #environment: Environment;
  readonly #found = new Substitutions();
  /** Variables of comprehensions, the innermost last. */
  readonly #scopes: ReadonlyMap<string, Type>[] = [];
  #fresh = 0;
  /** Within the arguments of `format`, literals may mix types. */
  #mixing = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  resolve(type: Type): Type {
    return resolveType(this.#found, type);
  }

  check(node: Expression): Type {
    const type = this.#typeOf(node);
    this.types.set(node, type);
    return type;
  }

  #report(at: number, message: string): Type {
    if (this.issues.length < ISSUES_MAX) this.issues.push({ at, message });
    return types.ERROR;
  }

  #typeOf(node: Expression): Type {
    switch (node.kind) {
      case 'constant':
        return constantType(node.value);
      case 'identifier':
        return this.#identifier(node);
      case 'select':
        return this.#select(node);
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

  /** A variable or a type of this name; comprehensions hide what is outside of them. */
  #find(name: string): { type: Type; reference: Reference } | undefined {
    for (let index = this.#scopes.length - 1; index >= 0; index--) {
      const type = this.#scopes[index]!.get(name);
      if (type) return { type, reference: { kind: 'variable', name } };
    }
    const declared = this.#environment.variables.get(name);
    if (declared) return { type: declared, reference: { kind: 'variable', name } };
    const named = TYPE_NAMES.get(name);
    return named && { type: types.typeOf(named.type), reference: { kind: 'type', name: named.runtime } };
  }

  #identifier(node: Identifier): Type {
    const found = this.#find(node.name);
    if (!found) return this.#report(node.at, `undeclared reference to '${node.name}' (in container '')`);
    this.references.set(node, found.reference);
    return found.type;
  }

  #select(node: Select): Type {
    const name = qualifiedName(node);
    // `a.b` is a variable of that name only where no comprehension has bound `a`.
    const found = name && !this.#isBound(name.split('.')[0]!) ? this.#find(name) : undefined;
    if (found) {
      this.references.set(node, found.reference);
      return found.type;
    }
    const operand = this.#shallow(this.check(node.operand));
    const inner = types.optionalInner(operand);
    const field = this.#field(node, inner ? this.#shallow(inner) : operand);
    if (node.testOnly) return types.BOOL;
    return inner && field.kind !== 'error' ? optionalOf(field) : field;
  }

  #isBound(name: string): boolean {
    return this.#scopes.some((scope) => scope.has(name));
  }

  #field({ at, field }: Pick<Select, 'at' | 'field'>, operand: Type): Type {
    switch (operand.kind) {
      case 'map':
        return operand.value;
      case 'object': {
        const declared = operand.fields.get(field);
        return declared ? declared.type : this.#report(at, `undefined field '${field}'`);
      }
      case 'parameter':
        isAssignable(this.#found, types.DYN, operand);
        return types.DYN;
      case 'dyn':
      case 'error':
        return types.DYN;
      default:
        return this.#report(at, `type '${formatType(this.resolve(operand))}' does not support field selection`);
    }
  }

  /** The type that a parameter stands for, if that is known. */
  #shallow(type: Type): Type {
    return resolveType(this.#found, type, true);
  }

  #call(node: Call): Type {
    if (node.name === '_?._') return this.#optionalSelect(node);
    const target = node.target && qualifiedName(node.target);
    const namespaced = target && !this.#isBound(target.split('.')[0]!) ? `${target}.${node.name}` : undefined;
    const ofNamespace = namespaced ? FUNCTIONS.get(namespaced) : undefined;
    if (ofNamespace) return this.#overload(node, namespaced!, ofNamespace, undefined);
    const targetType = node.target && this.check(node.target);
    const overloads = FUNCTIONS.get(node.name);
    const isDeclared = overloads || isSpecial(node.name);
    if (!isDeclared) {
      for (const arg of node.args) this.check(arg);
      return this.#report(node.at, `undeclared reference to '${node.name}' (in container '')`);
    }
    if (isSpecial(node.name)) return this.#special(node);
    return this.#overload(node, node.name, overloads!, targetType);
  }

  /** `&&`, `||` (of any number of terms), `?:` and what comprehensions end with. */
  #special(node: Call): Type {
    const args = node.args.map((arg) => this.check(arg));
    if (node.name === '_?_:_') return this.#ternary(node, args);
    args.forEach((type, index) => {
      if (isAssignable(this.#found, types.BOOL, type)) return;
      const applied = node.args.length === 2 ? args : [args[Math.max(0, index - 1)]!, args[Math.max(1, index)] ?? type];
      this.#noOverload(node.at, node.name, node.name === '@not_strictly_false' ? args : applied, false);
    });
    return types.BOOL;
  }

  #ternary(node: Call, args: readonly Type[]): Type {
    const fresh: Type = { kind: 'parameter', name: `#${this.#fresh++}` };
    if (areAssignable(this.#found, [types.BOOL, fresh, fresh], args)) return this.#shallow(fresh);
    return this.#noOverload(node.at, node.name, args, false);
  }

  #optionalSelect(node: Call): Type {
    const operand = this.#shallow(this.check(node.args[0]!));
    const key = node.args[1]!;
    const field = key.kind === 'constant' ? String(key.value) : '';
    this.check(key);
    return optionalOf(this.#field({ at: node.at, field }, this.#shallow(types.optionalInner(operand) ?? operand)));
  }

  #overload(node: Call, name: string, overloads: readonly Overload[], target: Type | undefined): Type {
    if (name === 'format') this.#mixing++;
    const args = node.args.map((arg) => this.check(arg));
    if (name === 'format') this.#mixing--;
    const isMethod = target !== undefined;
    const given = isMethod ? [target, ...args] : args;
    const fitting: Overload[] = [];
    let result: Type | undefined;
    for (const overload of overloads) {
      if (overload.isMethod !== isMethod) continue;
      const found = this.#resultOf(overload, given);
      if (!found) continue;
      if (fitting.length > 0 && formatType(result!) !== formatType(found)) result = types.DYN;
      else result = found;
      fitting.push(overload);
    }
    if (!result) return this.#noOverload(node.at, name, given, isMethod);
    this.references.set(node, { kind: 'functions', overloads: fitting, isMethod });
    return result;
  }

  /** The type that the overload gives for arguments of these types; undefined when it does not take them. */
  #resultOf({ parameters, result, isGeneric }: Overload, given: readonly Type[]): Type | undefined {
    if (!isGeneric) return areAssignable(this.#found, parameters, given) ? result : undefined;
    const suffix = `#${this.#fresh++}`;
    const own = parameters.map((type) => renamed(type, suffix));
    return areAssignable(this.#found, own, given) ? resolveType(this.#found, renamed(result, suffix), true) : undefined;
  }

  #noOverload(at: number, name: string, args: readonly Type[], isMethod: boolean): Type {
    const texts = args.map((type) => formatType(this.resolve(type)));
    const applied = isMethod ? `${texts[0]}.(${texts.slice(1).join(', ')})` : `(${texts.join(', ')})`;
    return this.#report(at, `found no matching overload for '${name}' applied to '${applied}'`);
  }

  #list(node: ListLiteral): Type {
    let common: Type | undefined;
    for (const { value, optional } of node.elements) {
      const type = this.#unwrap(value, optional, this.check(value));
      common = this.#join(value.at, common, type);
    }
    return types.listOf(common ?? { kind: 'parameter', name: `#${this.#fresh++}` });
  }

  /** What an optional entry adds when it is there. */
  #unwrap(node: Expression, optional: boolean, type: Type): Type {
    if (!optional) return type;
    const shallow = this.#shallow(type);
    const inner = types.optionalInner(shallow);
    if (inner) return inner;
    if (types.isDynOrError(shallow)) return types.DYN;
    return this.#report(
      node.at,
      `expected type 'optional_type(${formatType(shallow)})' but found '${formatType(shallow)}'`,
    );
  }

  /** Literals hold one type only, as Kubernetes asks (`HomogeneousAggregateLiterals`). */
  #join(at: number, common: Type | undefined, type: Type): Type {
    if (!common) return type;
    if (isAssignable(this.#found, common, type)) return types.mostGeneral(common, type);
    if (this.#mixing > 0) return types.DYN;
    this.#report(
      at,
      `expected type '${formatType(this.resolve(common))}' but found '${formatType(this.resolve(type))}'`,
    );
    return common;
  }

  #map(node: MapLiteral): Type {
    let key: Type | undefined;
    let value: Type | undefined;
    for (const entry of node.entries) {
      key = this.#join(entry.key.at, key, this.check(entry.key));
      value = this.#join(entry.value.at, value, this.#unwrap(entry.value, entry.optional, this.check(entry.value)));
    }
    const fresh = (): Type => ({ kind: 'parameter', name: `#${this.#fresh++}` });
    return types.mapOf(key ?? fresh(), value ?? fresh());
  }

  #comprehension(node: Comprehension): Type {
    const accumulator = this.check(node.initial);
    const range = this.#shallow(this.check(node.range));
    const bound = this.#rangeTypes(node, range);
    this.#scopes.push(new Map([[node.accumulator, accumulator]]));
    this.#scopes.push(new Map(node.variables.map((name, index) => [name, bound[index]!])));
    this.#expect(node.condition, types.BOOL);
    this.#expect(node.step, accumulator);
    this.#scopes.pop();
    const result = this.check(node.result);
    this.#scopes.pop();
    return this.#shallow(result);
  }

  /** The types of the variables. */
  #rangeTypes(node: Comprehension, range: Type): readonly Type[] {
    const isPair = node.variables.length === 2;
    switch (range.kind) {
      case 'list':
        return isPair ? [types.INT, range.element] : [range.element];
      case 'map':
        return isPair ? [range.key, range.value] : [range.key];
      case 'parameter':
        isAssignable(this.#found, types.DYN, range);
        return [types.DYN, types.DYN];
      case 'dyn':
      case 'error':
        return [types.DYN, types.DYN];
      default: {
        const found = formatType(this.resolve(range));
        this.#report(
          node.range.at,
          `expression of type '${found}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        );
        return [types.ERROR, types.ERROR];
      }
    }
  }

  #expect(node: Expression, expected: Type): void {
    const type = this.check(node);
    if (isAssignable(this.#found, expected, type)) return;
    const [wanted, found] = [expected, type].map((each) => formatType(this.resolve(each)));
    this.#report(node.at, `expected type '${wanted}' but found '${found}'`);
  }
}

const SPECIAL = new Set(['_&&_', '_||_', '_?_:_', '@not_strictly_false']);
const isSpecial = (name: string): boolean => SPECIAL.has(name);

/** An optional of an optional is one optional. */
const optionalOf = (type: Type): Type => (types.optionalInner(type) ? type : types.optionalOf(type));

function constantType(value: unknown): Type {
  if (value === null) return types.NULL;
  switch (typeof value) {
    case 'boolean':
      return types.BOOL;
    case 'bigint':
      return types.INT;
    case 'number':
      return types.DOUBLE;
    case 'string':
      return types.STRING;
    default:
      return value instanceof Uint8Array ? types.BYTES : types.UINT;
  }
}

/** `a.b.c` when the node is nothing but names. */
function qualifiedName(node: Expression): string | undefined {
  if (node.kind === 'identifier') return node.name;
  if (node.kind !== 'select' || node.testOnly) return undefined;
  const operand = qualifiedName(node.operand);
  return operand === undefined ? undefined : `${operand}.${node.field}`;
}

/** A signature's parameters are its own in each call. */
function renamed(type: Type, suffix: string): Type {
  switch (type.kind) {
    case 'parameter':
      return { ...type, name: type.name + suffix };
    case 'list':
      return { ...type, element: renamed(type.element, suffix) };
    case 'map':
      return { ...type, key: renamed(type.key, suffix), value: renamed(type.value, suffix) };
    case 'opaque':
      return type.parameters.length === 0
        ? type
        : { ...type, parameters: type.parameters.map((inner) => renamed(inner, suffix)) };
    case 'type':
      return type.of ? types.typeOf(renamed(type.of, suffix)) : type;
    default:
      return type;
  }
}
