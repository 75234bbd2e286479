/**
 * Reads one message of the Kubernetes API by its plan into the JSON form of the same object.
 * Hostile input: every length is checked by the reader, nesting is as deep as the schema and no deeper, unknown fields are skipped.
 * Throws BadRequest for bytes that are no such message.
 */

import type { Reader } from 'protobufjs/minimal.js';
import protobuf from 'protobufjs/minimal.js';
import { formatGoDuration } from '../base/go-duration.ts';
import { badRequest } from '../base/status.ts';
import type { FieldPlan, MessagePlan, WireValue } from './protobuf-plan.ts';
import type { ScalarName } from './scalars.ts';
import { zeroScalar } from './scalars.ts';

const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;
/** The years 1 to 9999, which is what RFC 3339 can write. */
const SECONDS_MIN = -62_135_596_800;
const SECONDS_MAX = 253_402_300_799;

/** Reads the JSON text or the nested protobuf object of a RawExtension. */
type RawReader = (bytes: Uint8Array) => unknown;

/** 64-bit numbers come as a number or as an object of the reader's; beyond 2^53 they lose digits, as JSON numbers do. */
const toNumber = (value: unknown): number => Number(String(value));

function setMember(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

/** Reads a message's fields; `onField` returns false for one it does not know, which is skipped. */
function readFields(reader: Reader, onField: (number: number, wireType: number) => boolean): void {
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!onField(tag >>> 3, tag & 7)) reader.skipType(tag & 7);
  }
}

function renderTime(reader: Reader, scalar: ScalarName): unknown {
  if (reader.len === 0) return null;
  let seconds = 0;
  let nanos = 0;
  readFields(reader, (number) => {
    if (number === 1) seconds = toNumber(reader.int64());
    else if (number === 2) nanos = reader.int32();
    return number === 1 || number === 2;
  });
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) throw badRequest(`proto: time of ${seconds} s is out of range`);
  const text = new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length);
  if (scalar === 'time') return `${text}Z`;
  const micros = Math.min(999_999, Math.max(0, Math.trunc(nanos / 1000)));
  return `${text}.${String(micros).padStart(6, '0')}Z`;
}

function readIntOrString(reader: Reader): unknown {
  let isString = false;
  let number = 0;
  let text = '';
  readFields(reader, (field) => {
    if (field === 1) isString = toNumber(reader.int64()) === 1;
    else if (field === 2) number = reader.int32();
    else if (field === 3) text = reader.string();
    return field >= 1 && field <= 3;
  });
  return isString ? text : number;
}

function readDuration(reader: Reader): string {
  let nanos = 0;
  readFields(reader, (field) => {
    if (field === 1) nanos = toNumber(reader.int64());
    return field === 1;
  });
  return formatGoDuration(BigInt(nanos));
}

/** The one field of Quantity (text) and of FieldsV1 and RawExtension (bytes). */
function readOnly(reader: Reader): Uint8Array {
  let bytes: Uint8Array = new Uint8Array();
  readFields(reader, (number) => {
    if (number === 1) bytes = reader.bytes();
    return number === 1;
  });
  return bytes;
}

function readScalar(reader: Reader, scalar: ScalarName, readRaw: RawReader): unknown {
  switch (scalar) {
    case 'time':
    case 'microTime':
      return renderTime(reader, scalar);
    case 'duration':
      return readDuration(reader);
    case 'intOrString':
      return readIntOrString(reader);
    case 'quantity':
      return new TextDecoder().decode(readOnly(reader)) || '0';
    case 'raw': {
      const bytes = readOnly(reader);
      return bytes.length === 0 ? null : readRaw(bytes);
    }
    case 'bytes':
      return Buffer.from(readOnly(reader)).toString('base64');
  }
}

const wireTypeOf = (value: WireValue): number => {
  if (value.form === 'bool' || value.form === 'int32' || value.form === 'int64') return WIRE_VARINT;
  return value.form === 'double' ? WIRE_FIXED64 : WIRE_BYTES;
};

function zeroOf(value: WireValue): unknown {
  switch (value.form) {
    case 'string':
    case 'bytes':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
      return 0;
    case 'scalar':
      return zeroScalar(value.scalar);
    case 'message':
      return {};
    case 'wrapped':
      return [];
    case 'choice':
      return false;
  }
}

function readValue(reader: Reader, value: WireValue, readRaw: RawReader): unknown {
  switch (value.form) {
    case 'string':
      return reader.string();
    case 'bool':
      return reader.bool();
    case 'int32':
      return reader.int32();
    case 'int64':
      return toNumber(reader.int64());
    case 'double':
      return reader.double();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'scalar':
      return readScalar(protobuf.Reader.create(reader.bytes()), value.scalar, readRaw);
    case 'message':
      return decodeMessage(reader.bytes(), value.plan(), readRaw);
    case 'wrapped':
      return readWrapped(protobuf.Reader.create(reader.bytes()), value.items, readRaw);
    case 'choice':
      return readChoice(protobuf.Reader.create(reader.bytes()), value, readRaw);
  }
}

function readChoice(
  reader: Reader,
  { number: own, value }: Extract<WireValue, { form: 'choice' }>,
  readRaw: RawReader,
): unknown {
  let found: unknown;
  let allows = false;
  readFields(reader, (number, wireType) => {
    if (number === own && wireType === wireTypeOf(value)) found = readValue(reader, value, readRaw);
    else if (number === 1 && wireType === WIRE_VARINT) allows = reader.bool();
    else return false;
    return true;
  });
  return found ?? allows;
}

function readWrapped(reader: Reader, items: WireValue, readRaw: RawReader): unknown[] {
  const list: unknown[] = [];
  readFields(reader, (number, wireType) => {
    if (number !== 1 || wireType !== wireTypeOf(items)) return false;
    list.push(readValue(reader, items, readRaw));
    return true;
  });
  return list;
}

function readEntry(reader: Reader, value: WireValue, target: Record<string, unknown>, readRaw: RawReader): void {
  let key = '';
  let member: unknown = zeroOf(value);
  readFields(reader, (number, wireType) => {
    if (number === 1 && wireType === WIRE_BYTES) key = reader.string();
    else if (number === 2 && wireType === wireTypeOf(value)) member = readValue(reader, value, readRaw);
    else return false;
    return true;
  });
  setMember(target, key, member);
}

/** Numbers may stand packed, several in one length-delimited field. */
function readPacked(reader: Reader, value: WireValue, list: unknown[], readRaw: RawReader): void {
  const packed = protobuf.Reader.create(reader.bytes());
  while (packed.pos < packed.len) list.push(readValue(packed, value, readRaw));
}

function readField(
  reader: Reader,
  field: FieldPlan,
  wireType: number,
  target: Record<string, unknown>,
  readRaw: RawReader,
): void {
  const wanted = wireTypeOf(field.value);
  if (field.map && wireType === WIRE_BYTES) {
    target[field.name] ??= {};
    const entries = target[field.name] as Record<string, unknown>;
    readEntry(protobuf.Reader.create(reader.bytes()), field.value, entries, readRaw);
    return;
  }
  if (field.repeated) target[field.name] ??= [];
  const list = field.repeated ? (target[field.name] as unknown[]) : undefined;
  if (list && wireType === WIRE_BYTES && wanted !== WIRE_BYTES) {
    readPacked(reader, field.value, list, readRaw);
    return;
  }
  if (wireType !== wanted) throw badRequest(`proto: wrong wireType = ${wireType} for field ${field.name}`);
  const value = readValue(reader, field.value, readRaw);
  if (list) list.push(value);
  else target[field.name] = value;
}

/** Reads `bytes` by `plan`; members come out as their JSON form. `into` receives the fields of embedded messages. */
export function decodeMessage(
  bytes: Uint8Array,
  plan: MessagePlan,
  readRaw: RawReader,
  into: Record<string, unknown> = {},
): Record<string, unknown> {
  const reader = protobuf.Reader.create(bytes);
  readFields(reader, (number, wireType) => {
    const embedded = plan.inline.get(number);
    if (embedded && wireType === WIRE_BYTES) {
      decodeMessage(reader.bytes(), embedded, readRaw, into);
      return true;
    }
    const field = plan.fields.get(number);
    if (!field) return false;
    readField(reader, field, wireType, into, readRaw);
    return true;
  });
  return into;
}
