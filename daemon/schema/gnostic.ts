/**
 * What both of gnostic's forms of an OpenAPI document are written with: `openapi.v2.Document` and `openapi.v3.Document`. A message is a table of its
 * keys with field numbers; a key without a field is an error: nothing may be lost on the way. Pure.
 */

import type { Writer } from 'protobufjs/minimal.js';
import protobuf from 'protobufjs/minimal.js';

type Json = Record<string, unknown>;

/** Writes a value as the payload of the field `id`. */
export type Encode = (writer: Writer, id: number, value: unknown) => void;

export type Fields = Readonly<Record<string, readonly [id: number, encode: Encode]>>;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const tag = (writer: Writer, id: number, wireType: number): Writer => writer.uint32((id << 3) | wireType);

export const string: Encode = (writer, id, value) => void tag(writer, id, LENGTH_DELIMITED).string(String(value));
export const boolean: Encode = (writer, id, value) => void tag(writer, id, VARINT).bool(value === true);
export const double: Encode = (writer, id, value) => void tag(writer, id, FIXED64).double(Number(value));
export const int64: Encode = (writer, id, value) => void tag(writer, id, VARINT).int64(Number(value));

export const each =
  (encode: Encode): Encode =>
  (writer, id, value) => {
    for (const item of value as unknown[]) encode(writer, id, item);
  };

export const strings = each(string);

/** A message whose content `write` writes. */
export const nested =
  (write: (writer: Writer, value: unknown) => void): Encode =>
  (writer, id, value) => {
    tag(writer, id, LENGTH_DELIMITED).fork();
    write(writer, value);
    writer.ldelim();
  };

/** `Any`: free-form values travel as YAML text, which JSON is. */
export const any: Encode = nested((writer, value) => string(writer, 2, JSON.stringify(value)));

/** `Named…`: one entry of a map. */
const named = (writer: Writer, id: number, name: string, encode: Encode, value: unknown): void => {
  nested(() => {
    string(writer, 1, name);
    encode(writer, 2, value);
  })(writer, id, value);
};

/** A message which is nothing but a map, in its field `id`. */
export const map = (encode: Encode, id = 1): Encode =>
  nested((writer, value) => {
    for (const [name, member] of Object.entries(value as Json)) named(writer, id, name, encode, member);
  });

/** What a message holds: its known fields, and `x-…` keys in its field of extensions. */
export const content =
  (about: string, extensionId: number, fields: () => Fields) =>
  (writer: Writer, value: unknown): void => {
    const known = fields();
    for (const [key, member] of Object.entries(value as Json)) {
      const field = Object.hasOwn(known, key) ? known[key] : undefined;
      if (field) field[1](writer, field[0], member);
      else if (key.startsWith('x-')) named(writer, extensionId, key, any, member);
      else throw new Error(`${about} has no field for ${JSON.stringify(key)}; add it to the table`);
    }
  };

/** A message of known fields. */
export const message = (about: string, extensionId: number, fields: () => Fields): Encode =>
  nested(content(about, extensionId, fields));

/** A message of one field, whose value is given without it. */
export const wrapped = (id: number, encode: Encode): Encode => nested((writer, value) => encode(writer, id, value));

/** The bytes of a whole document. */
export function encodeDocument(write: (writer: Writer, value: unknown) => void, document: unknown): Uint8Array {
  const writer = protobuf.Writer.create();
  write(writer, document);
  return writer.finish();
}
