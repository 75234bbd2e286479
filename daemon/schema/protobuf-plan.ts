/**
 * Turns schemas into plans by which messages are read and written: field number → member, and how its value stands on the wire.
 * The numbers are Kubernetes' own (`x-protobuf`, from the API's .proto files). Plans are made when first needed and kept.
 */

import { isObject } from '../base/json.ts';
import type { SchemaNode, SchemaSet } from './node.ts';
import { SCALAR_OF_REF, type ScalarName } from './scalars.ts';

/** How one value stands on the wire. */
export type WireValue =
  | { readonly form: 'string' | 'bool' | 'int32' | 'int64' | 'double' | 'bytes' }
  | { readonly form: 'scalar'; readonly scalar: ScalarName }
  | { readonly form: 'message'; readonly plan: () => MessagePlan }
  /** A named list that is a message of its own (`ExtraValue`, `Verbs`): its items stand in field 1. */
  | { readonly form: 'wrapped'; readonly items: WireValue }
  /** A value in a message of its own, or a boolean in that one's field 1 (`JSONSchemaPropsOrBool`). */
  | { readonly form: 'choice'; readonly number: number; readonly value: WireValue };

export interface FieldPlan {
  readonly name: string;
  readonly number: number;
  readonly repeated: boolean;
  /** Entries are messages {1: key, 2: value}. */
  readonly map: boolean;
  readonly value: WireValue;
}

export interface MessagePlan {
  readonly fields: ReadonlyMap<number, FieldPlan>;
  /** Embedded messages whose fields are members of this very object. */
  readonly inline: ReadonlyMap<number, MessagePlan>;
}

export interface ProtobufPlans {
  /** The plan of a node that is an object with properties. */
  planOf(node: SchemaNode): MessagePlan;
}

interface PlanInMaking {
  readonly fields: Map<number, FieldPlan>;
  readonly inline: Map<number, PlanInMaking>;
}

const emptyPlan = (): PlanInMaking => ({ fields: new Map(), inline: new Map() });

class Planner {
  readonly #schemas: SchemaSet;
  readonly #plans = new Map<SchemaNode, MessagePlan>();

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas;
  }

  planOf(node: SchemaNode): MessagePlan {
    const known = this.#plans.get(node);
    if (known) return known;
    const plan = emptyPlan();
    for (const [name, member] of Object.entries(node.properties ?? {})) {
      const number = member['x-protobuf'];
      if (number === undefined) continue;
      const field = this.#field(name, number, member);
      let within = plan;
      for (const embedded of [member['x-protobuf-inline'] ?? []].flat()) {
        const inner = within.inline.get(embedded) ?? emptyPlan();
        within.inline.set(embedded, inner);
        within = inner;
      }
      within.fields.set(number, field);
    }
    this.#plans.set(node, plan);
    return plan;
  }

  #field(name: string, number: number, member: SchemaNode): FieldPlan {
    if (member.type === 'array')
      return { name, number, repeated: true, map: false, value: this.#value(member.items ?? {}) };
    if (member.type === 'object' && isObject(member.additionalProperties)) {
      const value = this.#value(member.additionalProperties as SchemaNode);
      return { name, number, repeated: false, map: true, value };
    }
    return { name, number, repeated: false, map: false, value: this.#value(member) };
  }

  #value(node: SchemaNode): WireValue {
    const choice = node['x-protobuf-choice'];
    if (choice !== undefined) {
      const { 'x-protobuf-choice': _choice, ...inner } = node;
      return { form: 'choice', number: choice, value: this.#value(inner) };
    }
    if (node.$ref && SCALAR_OF_REF[node.$ref]) return { form: 'scalar', scalar: SCALAR_OF_REF[node.$ref]! };
    const resolved = this.#schemas.resolve(node);
    switch (resolved.type) {
      case 'string':
        return { form: resolved.format === 'byte' ? 'bytes' : 'string' };
      case 'boolean':
        return { form: 'bool' };
      case 'integer':
        return { form: resolved.format === 'int32' ? 'int32' : 'int64' };
      case 'number':
        return { form: 'double' };
      case 'array':
        return { form: 'wrapped', items: this.#value(resolved.items ?? {}) };
      default:
        return { form: 'message', plan: () => this.planOf(resolved) };
    }
  }
}

export function createProtobufPlans(schemas: SchemaSet): ProtobufPlans {
  const planner = new Planner(schemas);
  return { planOf: (node) => planner.planOf(node) };
}
