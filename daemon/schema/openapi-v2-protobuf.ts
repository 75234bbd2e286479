/**
 * Swagger 2.0 documents in the binary form of gnostic's `openapi.v2.Document`, the only form in which kubectl reads `/openapi/v2`
 * (media type `application/com.github.proto-openapi.spec.v2@v1.0+protobuf`). Field numbers are those of gnostic's OpenAPIv2.proto; only the
 * messages that our documents use are known, and a key without a field is an error: nothing may be lost on the way. Pure.
 */

import type { Writer } from 'protobufjs/minimal.js';
import protobuf from 'protobufjs/minimal.js';
import { isObject } from '../base/json.ts';

type Json = Record<string, unknown>;

/** Writes a value as the payload of the field `id`. */
type Encode = (writer: Writer, id: number, value: unknown) => void;

type Fields = Readonly<Record<string, readonly [id: number, encode: Encode]>>;

const LENGTH_DELIMITED = 2;
const VARINT = 0;
const tag = (writer: Writer, id: number, wireType: number): Writer => writer.uint32((id << 3) | wireType);

const string: Encode = (writer, id, value) => void tag(writer, id, LENGTH_DELIMITED).string(String(value));
const boolean: Encode = (writer, id, value) => void tag(writer, id, VARINT).bool(value === true);

const each =
  (encode: Encode): Encode =>
  (writer, id, value) => {
    for (const item of value as unknown[]) encode(writer, id, item);
  };

/** A message whose content `write` writes. */
const nested =
  (write: (writer: Writer, value: unknown) => void): Encode =>
  (writer, id, value) => {
    tag(writer, id, LENGTH_DELIMITED).fork();
    write(writer, value);
    writer.ldelim();
  };

/** `Any`: free-form values travel as YAML text, which JSON is. */
const any: Encode = nested((writer, value) => string(writer, 2, JSON.stringify(value)));

/** `Named…`: one entry of a map. */
const named = (writer: Writer, id: number, name: string, encode: Encode, value: unknown): void => {
  nested(() => {
    string(writer, 1, name);
    encode(writer, 2, value);
  })(writer, id, value);
};

/** A message which is nothing but a map, in its field 1. */
const map = (encode: Encode): Encode =>
  nested((writer, value) => {
    for (const [name, member] of Object.entries(value as Json)) named(writer, 1, name, encode, member);
  });

/** A message of known fields; `x-…` keys go to its `vendor_extension`. */
const message = (about: string, extensionId: number, fields: () => Fields): Encode =>
  nested((writer, value) => {
    const known = fields();
    for (const [key, member] of Object.entries(value as Json)) {
      const field = Object.hasOwn(known, key) ? known[key] : undefined;
      if (field) field[1](writer, field[0], member);
      else if (key.startsWith('x-')) named(writer, extensionId, key, any, member);
      else throw new Error(`OpenAPI v2: ${about} has no field for ${JSON.stringify(key)}; add it to the table`);
    }
  });

/** A message of one field, whose value is given without it. */
const wrapped = (id: number, encode: Encode): Encode => nested((writer, value) => encode(writer, id, value));

const strings = each(string);

const SCHEMA: Encode = message('Schema', 31, () => SCHEMA_FIELDS);

const ADDITIONAL_PROPERTIES: Encode = nested((writer, value) =>
  isObject(value) ? SCHEMA(writer, 1, value) : boolean(writer, 2, value),
);

const SCHEMA_FIELDS: Fields = {
  $ref: [1, string],
  format: [2, string],
  title: [3, string],
  description: [4, string],
  default: [5, any],
  uniqueItems: [16, boolean],
  required: [19, strings],
  enum: [20, each(any)],
  additionalProperties: [21, ADDITIONAL_PROPERTIES],
  type: [22, wrapped(1, string)],
  items: [23, wrapped(1, SCHEMA)],
  allOf: [24, each(SCHEMA)],
  properties: [25, map(SCHEMA)],
};

const BODY_PARAMETER_FIELDS: Fields = {
  description: [1, string],
  name: [2, string],
  in: [3, string],
  required: [4, boolean],
  schema: [5, SCHEMA],
};

const QUERY_PARAMETER_FIELDS: Fields = {
  required: [1, boolean],
  in: [2, string],
  description: [3, string],
  name: [4, string],
  type: [6, string],
  format: [7, string],
  uniqueItems: [21, boolean],
};

const PATH_PARAMETER_FIELDS: Fields = {
  required: [1, boolean],
  in: [2, string],
  description: [3, string],
  name: [4, string],
  type: [5, string],
  format: [6, string],
  uniqueItems: [20, boolean],
};

const BODY_PARAMETER = message('BodyParameter', 6, () => BODY_PARAMETER_FIELDS);
const QUERY_PARAMETER = message('QueryParameterSubSchema', 23, () => QUERY_PARAMETER_FIELDS);
const PATH_PARAMETER = message('PathParameterSubSchema', 22, () => PATH_PARAMETER_FIELDS);

/** `Parameter`: where it stands chooses its form. */
const PARAMETER: Encode = nested((writer, value) => {
  const place = (value as Json)['in'];
  if (place === 'body') BODY_PARAMETER(writer, 1, value);
  else if (place === 'query') wrapped(3, QUERY_PARAMETER)(writer, 2, value);
  else if (place === 'path') wrapped(4, PATH_PARAMETER)(writer, 2, value);
  else throw new Error(`OpenAPI v2: a parameter in ${JSON.stringify(place)}; expected body, query or path`);
});
const PARAMETERS = each(wrapped(1, PARAMETER));

const RESPONSE = message('Response', 5, () => ({ description: [1, string], schema: [2, wrapped(1, SCHEMA)] }));

const RESPONSES: Encode = nested((writer, value) => {
  for (const [code, response] of Object.entries(value as Json)) named(writer, 1, code, wrapped(1, RESPONSE), response);
});

const SECURITY = each(map(nested((writer, scopes) => strings(writer, 1, scopes))));

const OPERATION = message('Operation', 13, () => ({
  tags: [1, strings],
  summary: [2, string],
  description: [3, string],
  operationId: [5, string],
  produces: [6, strings],
  consumes: [7, strings],
  parameters: [8, PARAMETERS],
  responses: [9, RESPONSES],
  schemes: [10, strings],
  deprecated: [11, boolean],
  security: [12, SECURITY],
}));

const PATH_ITEM_FIELDS: Fields = {
  get: [2, OPERATION],
  put: [3, OPERATION],
  post: [4, OPERATION],
  delete: [5, OPERATION],
  options: [6, OPERATION],
  head: [7, OPERATION],
  patch: [8, OPERATION],
  parameters: [9, PARAMETERS],
};
const PATH_ITEM = message('PathItem', 10, () => PATH_ITEM_FIELDS);

/** `Paths` keeps its map in field 2. */
const PATHS: Encode = nested((writer, value) => {
  for (const [path, item] of Object.entries(value as Json)) named(writer, 2, path, PATH_ITEM, item);
});

const INFO = message('Info', 7, () => ({ title: [1, string], version: [2, string], description: [3, string] }));

const API_KEY = message('ApiKeySecurity', 5, () => ({
  type: [1, string],
  name: [2, string],
  in: [3, string],
  description: [4, string],
}));

const DOCUMENT_FIELDS: Fields = {
  swagger: [1, string],
  info: [2, INFO],
  paths: [8, PATHS],
  definitions: [9, map(SCHEMA)],
  security: [12, SECURITY],
  securityDefinitions: [13, map(wrapped(2, API_KEY))],
};

/** The bytes of an `openapi.v2.Document`. Throws when the document has a key that no field is known for. */
export function encodeSwagger(document: Readonly<Json>): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const [key, value] of Object.entries(document)) {
    const field = Object.hasOwn(DOCUMENT_FIELDS, key) ? DOCUMENT_FIELDS[key] : undefined;
    if (!field) throw new Error(`OpenAPI v2: Document has no field for ${JSON.stringify(key)}; add it to the table`);
    field[1](writer, field[0], value);
  }
  return writer.finish();
}
