/**
 * Swagger 2.0 documents in the binary form of gnostic's `openapi.v2.Document`, the only form in which kubectl reads `/openapi/v2`
 * (media type `application/com.github.proto-openapi.spec.v2@v1.0+protobuf`). Field numbers are those of gnostic's OpenAPIv2.proto; only the
 * messages that our documents use are known. Pure.
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

const SCHEMA: Encode = message('OpenAPI v2: Schema', 31, () => SCHEMA_FIELDS);

const ADDITIONAL_PROPERTIES: Encode = nested((writer, value) =>
  isObject(value) ? SCHEMA(writer, 1, value) : boolean(writer, 2, value),
);

const SCHEMA_FIELDS: Fields = {
  $ref: [1, string],
  format: [2, string],
  title: [3, string],
  description: [4, string],
  default: [5, any],
  multipleOf: [6, double],
  maximum: [7, double],
  exclusiveMaximum: [8, boolean],
  minimum: [9, double],
  exclusiveMinimum: [10, boolean],
  maxLength: [11, int64],
  minLength: [12, int64],
  pattern: [13, string],
  maxItems: [14, int64],
  minItems: [15, int64],
  uniqueItems: [16, boolean],
  maxProperties: [17, int64],
  minProperties: [18, int64],
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
  uniqueItems: [20, boolean],
};

const PATH_PARAMETER_FIELDS: Fields = {
  required: [1, boolean],
  in: [2, string],
  description: [3, string],
  name: [4, string],
  type: [5, string],
  format: [6, string],
  uniqueItems: [19, boolean],
};

const BODY_PARAMETER = message('OpenAPI v2: BodyParameter', 6, () => BODY_PARAMETER_FIELDS);
const QUERY_PARAMETER = message('OpenAPI v2: QueryParameterSubSchema', 23, () => QUERY_PARAMETER_FIELDS);
const PATH_PARAMETER = message('OpenAPI v2: PathParameterSubSchema', 22, () => PATH_PARAMETER_FIELDS);

/** `Parameter`: where it stands chooses its form. */
const PARAMETER: Encode = nested((writer, value) => {
  const place = (value as Json)['in'];
  if (place === 'body') BODY_PARAMETER(writer, 1, value);
  else if (place === 'query') wrapped(3, QUERY_PARAMETER)(writer, 2, value);
  else if (place === 'path') wrapped(4, PATH_PARAMETER)(writer, 2, value);
  else throw new Error(`OpenAPI v2: a parameter in ${JSON.stringify(place)}; expected body, query or path`);
});
const PARAMETERS = each(wrapped(1, PARAMETER));

const RESPONSE = message('OpenAPI v2: Response', 5, () => ({
  description: [1, string],
  schema: [2, wrapped(1, SCHEMA)],
}));

const RESPONSES = map(wrapped(1, RESPONSE));

const SECURITY = each(map(nested((writer, scopes) => strings(writer, 1, scopes))));

const OPERATION = message('OpenAPI v2: Operation', 13, () => ({
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
const PATH_ITEM = message('OpenAPI v2: PathItem', 10, () => PATH_ITEM_FIELDS);

/** `Paths` keeps its map in field 2. */
const PATHS = map(PATH_ITEM, 2);

const INFO = message('OpenAPI v2: Info', 7, () => ({
  title: [1, string],
  version: [2, string],
  description: [3, string],
}));

const API_KEY = message('OpenAPI v2: ApiKeySecurity', 5, () => ({
  type: [1, string],
  name: [2, string],
  in: [3, string],
  description: [4, string],
}));

const DOCUMENT = content('OpenAPI v2: Document', 16, () => ({
  swagger: [1, string],
  info: [2, INFO],
  paths: [8, PATHS],
  definitions: [9, map(SCHEMA)],
  security: [12, SECURITY],
  securityDefinitions: [13, map(wrapped(2, API_KEY))],
}));

/** The bytes of an `openapi.v2.Document`. Throws when the document has a key that no field is known for. */
export const encodeSwagger = (document: Readonly<Json>): Uint8Array => encodeDocument(DOCUMENT, document);
