/**
 * OpenAPI 3.0 documents in the binary form of gnostic's `openapi.v3.Document`, which client-go's `Schema` asks for with the media type
 * `application/com.github.proto-openapi.spec.v3.v1.0+protobuf`. Field numbers are those of gnostic's OpenAPIv3.proto; only the messages that our
 * documents use are known. Pure.
 */

import { isObject } from '../base/json.ts';
import {
  any,
  boolean,
  content,
  double,
  type Encode,
  each,
  encodeDocument,
  type Fields,
  int64,
  map,
  message,
  nested,
  string,
  strings,
  wrapped,
} from './gnostic.ts';

type Json = Record<string, unknown>;

const REFERENCE = message('OpenAPI v3: Reference', 0, () => ({ $ref: [1, string] }));

/** `…OrReference`: the thing itself, or where it stands. */
const orReference = (encode: Encode): Encode =>
  nested((writer, value) => {
    if (Object.hasOwn(value as Json, '$ref')) REFERENCE(writer, 2, value);
    else encode(writer, 1, value);
  });

const SCHEMA: Encode = message('OpenAPI v3: Schema', 36, () => SCHEMA_FIELDS);
const SCHEMA_OR_REFERENCE = orReference(SCHEMA);

const ADDITIONAL_PROPERTIES: Encode = nested((writer, value) =>
  isObject(value) ? SCHEMA_OR_REFERENCE(writer, 1, value) : boolean(writer, 2, value),
);

/** `DefaultType` has room for plain values only: that there is a default is said, what it is goes lost for lists and objects, as it does upstream. */
const DEFAULT: Encode = nested((writer, value) => {
  if (typeof value === 'number') double(writer, 1, value);
  else if (typeof value === 'boolean') boolean(writer, 2, value);
  else if (typeof value === 'string') string(writer, 3, value);
});

const SCHEMA_FIELDS: Fields = {
  nullable: [1, boolean],
  title: [9, string],
  multipleOf: [10, double],
  maximum: [11, double],
  exclusiveMaximum: [12, boolean],
  minimum: [13, double],
  exclusiveMinimum: [14, boolean],
  maxLength: [15, int64],
  minLength: [16, int64],
  pattern: [17, string],
  maxItems: [18, int64],
  minItems: [19, int64],
  uniqueItems: [20, boolean],
  maxProperties: [21, int64],
  minProperties: [22, int64],
  required: [23, strings],
  enum: [24, each(any)],
  type: [25, string],
  allOf: [26, each(SCHEMA_OR_REFERENCE)],
  oneOf: [27, each(SCHEMA_OR_REFERENCE)],
  anyOf: [28, each(SCHEMA_OR_REFERENCE)],
  not: [29, SCHEMA],
  items: [30, wrapped(1, SCHEMA_OR_REFERENCE)],
  properties: [31, map(SCHEMA_OR_REFERENCE)],
  additionalProperties: [32, ADDITIONAL_PROPERTIES],
  default: [33, DEFAULT],
  description: [34, string],
  format: [35, string],
};

const PARAMETERS = each(
  orReference(
    message('OpenAPI v3: Parameter', 14, () => ({
      name: [1, string],
      in: [2, string],
      description: [3, string],
      required: [4, boolean],
      schema: [10, SCHEMA_OR_REFERENCE],
    })),
  ),
);

const MEDIA_TYPES = map(message('OpenAPI v3: MediaType', 5, () => ({ schema: [1, SCHEMA_OR_REFERENCE] })));

const REQUEST_BODY = orReference(
  message('OpenAPI v3: RequestBody', 4, () => ({
    description: [1, string],
    content: [2, MEDIA_TYPES],
    required: [3, boolean],
  })),
);

const RESPONSE = orReference(
  message('OpenAPI v3: Response', 5, () => ({ description: [1, string], content: [3, MEDIA_TYPES] })),
);

const OPERATION = message('OpenAPI v3: Operation', 13, () => ({
  tags: [1, strings],
  description: [3, string],
  operationId: [5, string],
  parameters: [6, PARAMETERS],
  requestBody: [7, REQUEST_BODY],
  // `Responses` keeps its map in field 2; field 1 is the default one, which no document of ours has.
  responses: [8, map(RESPONSE, 2)],
}));

const PATH_ITEM = message('OpenAPI v3: PathItem', 14, () => ({
  get: [4, OPERATION],
  put: [5, OPERATION],
  post: [6, OPERATION],
  delete: [7, OPERATION],
  options: [8, OPERATION],
  head: [9, OPERATION],
  patch: [10, OPERATION],
  parameters: [13, PARAMETERS],
}));

const SECURITY_SCHEME = orReference(
  message('OpenAPI v3: SecurityScheme', 9, () => ({
    type: [1, string],
    description: [2, string],
    name: [3, string],
    in: [4, string],
  })),
);

const DOCUMENT = content('OpenAPI v3: Document', 9, () => ({
  openapi: [1, string],
  info: [
    2,
    message('OpenAPI v3: Info', 7, () => ({ title: [1, string], description: [2, string], version: [6, string] })),
  ],
  paths: [4, map(PATH_ITEM)],
  components: [
    5,
    message('OpenAPI v3: Components', 10, () => ({
      schemas: [1, map(SCHEMA_OR_REFERENCE)],
      securitySchemes: [7, map(SECURITY_SCHEME)],
    })),
  ],
}));

/** The bytes of an `openapi.v3.Document`. Throws when the document has a key that no field is known for. */
export const encodeOpenApi = (document: Readonly<Json>): Uint8Array => encodeDocument(DOCUMENT, document);
