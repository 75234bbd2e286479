/**
 * Writes an object's JSON form as a message of the Kubernetes API by its plan. The inverse of `protobuf-decode.ts`.
 * Members of a wrong type must not reach it: the structural check comes before.
 */

import type { Writer } from 'protobufjs/minimal.js';
import protobuf from 'protobufjs/minimal.js';
import { parseGoDuration } from '../base/go-duration.ts';
import { isObject } from '../base/json.ts';
import type { FieldPlan, MessagePlan, WireValue } from './protobuf-plan.ts';
import type { ScalarName } from './scalars.ts';

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;

const tag = (number: number, wireType: number): number => ((number << 3) | wireType) >>> 0;

function writeTime(writer: Writer, text: string): void {
  const milliseconds = Date.parse(text);
  writer.uint32(tag(1, WIRE_VARINT)).int64(Math.floor(milliseconds / 1000));
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  writer.uint32(tag(2, WIRE_VARINT)).int32(Number(fraction.padEnd(9, '0')));
}

function writeIntOrString(writer: Writer, value: unknown): void {
  const isString = typeof value === 'string';
  writer.uint32(tag(1, WIRE_VARINT)).int64(isString ? 1 : 0);
  writer.uint32(tag(2, WIRE_VARINT)).int32(isString ? 0 : Number(value));
  writer.uint32(tag(3, WIRE_BYTES)).string(isString ? value : '');
}

function writeScalar(writer: Writer, scalar: ScalarName, value: unknown): void {
  switch (scalar) {
    case 'time':
    case 'microTime':
      writeTime(writer, String(value));
      return;
    case 'duration':
      writer.uint32(tag(1, WIRE_VARINT)).int64(Number(parseGoDuration(String(value)) ?? 0n));
      return;
    case 'intOrString':
      writeIntOrString(writer, value);
      return;
    case 'quantity':
      writer.uint32(tag(1, WIRE_BYTES)).string(String(value));
      return;
    case 'raw':
      writer.uint32(tag(1, WIRE_BYTES)).bytes(Buffer.from(JSON.stringify(value)));
      return;
    case 'bytes':
      writer.uint32(tag(1, WIRE_BYTES)).bytes(Buffer.from(String(value), 'base64'));
  }
}

/** Writes field `number` with one value. */
function writeValue(writer: Writer, number: number, wire: WireValue, value: unknown): void {
  switch (wire.form) {
    case 'string':
      writer.uint32(tag(number, WIRE_BYTES)).string(String(value));
      return;
    case 'bool':
      writer.uint32(tag(number, WIRE_VARINT)).bool(value === true);
      return;
    case 'int32':
      writer.uint32(tag(number, WIRE_VARINT)).int32(Number(value));
      return;
    case 'int64':
      writer.uint32(tag(number, WIRE_VARINT)).int64(Number(value));
      return;
    case 'double':
      writer.uint32(tag(number, WIRE_FIXED64)).double(Number(value));
      return;
    case 'bytes':
      writer.uint32(tag(number, WIRE_BYTES)).bytes(Buffer.from(String(value), 'base64'));
      return;
    default:
      writer.uint32(tag(number, WIRE_BYTES)).fork();
      writeBody(writer, wire, value);
      writer.ldelim();
  }
}

function writeBody(writer: Writer, wire: WireValue, value: unknown): void {
  if (wire.form === 'scalar') writeScalar(writer, wire.scalar, value);
  else if (wire.form === 'message') writeMessage(writer, wire.plan(), value as Record<string, unknown>);
  else if (wire.form === 'wrapped') for (const item of value as unknown[]) writeValue(writer, 1, wire.items, item);
  else if (wire.form === 'choice') {
    if (typeof value === 'boolean') writer.uint32(tag(1, WIRE_VARINT)).bool(value);
    else {
      // A schema is allowed by being there, and says so (`JSONSchemaPropsOrBool`).
      if (wire.number !== 1) writer.uint32(tag(1, WIRE_VARINT)).bool(true);
      writeValue(writer, wire.number, wire.value, value);
    }
  }
}

function writeField(writer: Writer, field: FieldPlan, value: unknown): void {
  if (field.map) {
    for (const [key, member] of Object.entries(value as Record<string, unknown>)) {
      writer.uint32(tag(field.number, WIRE_BYTES)).fork();
      writer.uint32(tag(1, WIRE_BYTES)).string(key);
      writeValue(writer, 2, field.value, member);
      writer.ldelim();
    }
  } else if (field.repeated) {
    for (const item of value as unknown[]) writeValue(writer, field.number, field.value, item);
  } else writeValue(writer, field.number, field.value, value);
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

/** Whether any member stands in the embedded message, or in one that is embedded in it. */
function isUsed({ fields, inline }: MessagePlan, object: Record<string, unknown>): boolean {
  for (const { name } of fields.values()) if (Object.hasOwn(object, name) && isPresent(object[name])) return true;
  for (const embedded of inline.values()) if (isUsed(embedded, object)) return true;
  return false;
}

function writeMessage(writer: Writer, plan: MessagePlan, object: Record<string, unknown>): void {
  for (const [number, embedded] of plan.inline) {
    if (!isUsed(embedded, object)) continue;
    writer.uint32(tag(number, WIRE_BYTES)).fork();
    writeMessage(writer, embedded, object);
    writer.ldelim();
  }
  for (const field of plan.fields.values()) {
    const value = Object.hasOwn(object, field.name) ? object[field.name] : undefined;
    if (isPresent(value)) writeField(writer, field, value);
  }
}

/** The bytes of `object` as the message of `plan`. */
export function encodeMessage(object: unknown, plan: MessagePlan): Uint8Array {
  const writer = protobuf.Writer.create();
  writeMessage(writer, plan, isObject(object) ? object : {});
  return writer.finish();
}

/** The same message as field `number` of another. */
export function encodeField(number: number, object: unknown, plan: MessagePlan): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(number, WIRE_BYTES)).fork();
  writeMessage(writer, plan, isObject(object) ? object : {});
  return writer.ldelim().finish();
}
