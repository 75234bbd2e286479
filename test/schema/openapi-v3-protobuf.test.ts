/** The binary form of `/openapi/v3/…`: read back by an independent reading of gnostic's message definitions, it says what the JSON says. */

import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { loadSchemas } from '../../daemon/schema/load.ts';
import { createOpenApi, type ServedResource } from '../../daemon/schema/openapi.ts';
import { encodeOpenApi } from '../../daemon/schema/openapi-v3-protobuf.ts';

type Json = Record<string, unknown>;

/** The part of openapi.v3 that our documents use, by the published field numbers. */
const DEFINITIONS = `
syntax = "proto3";
message Any { string yaml = 2; }
message NamedAny { string name = 1; Any value = 2; }
message Info { string title = 1; string version = 6; repeated NamedAny specification_extension = 7; }
message Reference { string ref = 1; }
message SchemaOrReference { oneof oneof { Schema schema = 1; Reference reference = 2; } }
message NamedSchemaOrReference { string name = 1; SchemaOrReference value = 2; }
message Properties { repeated NamedSchemaOrReference additional_properties = 1; }
message SchemasOrReferences { repeated NamedSchemaOrReference additional_properties = 1; }
message ItemsItem { repeated SchemaOrReference schema_or_reference = 1; }
message AdditionalPropertiesItem { oneof oneof { SchemaOrReference schema_or_reference = 1; bool boolean = 2; } }
message DefaultType { oneof oneof { double number = 1; bool boolean = 2; string string = 3; } }
message Schema {
  bool nullable = 1; string title = 9; double multiple_of = 10; double maximum = 11; bool exclusive_maximum = 12; double minimum = 13;
  bool exclusive_minimum = 14; int64 max_length = 15; int64 min_length = 16; string pattern = 17; int64 max_items = 18; int64 min_items = 19;
  bool unique_items = 20; int64 max_properties = 21; int64 min_properties = 22; repeated string required = 23; repeated Any enum = 24;
  string type = 25; repeated SchemaOrReference all_of = 26; repeated SchemaOrReference one_of = 27; repeated SchemaOrReference any_of = 28;
  Schema not = 29; ItemsItem items = 30; Properties properties = 31; AdditionalPropertiesItem additional_properties = 32;
  DefaultType default = 33; string description = 34; string format = 35; repeated NamedAny specification_extension = 36;
}
message Parameter { string name = 1; string in = 2; string description = 3; bool required = 4; SchemaOrReference schema = 10; }
message ParameterOrReference { oneof oneof { Parameter parameter = 1; Reference reference = 2; } }
message MediaType { SchemaOrReference schema = 1; }
message NamedMediaType { string name = 1; MediaType value = 2; }
message MediaTypes { repeated NamedMediaType additional_properties = 1; }
message RequestBody { MediaTypes content = 2; bool required = 3; }
message RequestBodyOrReference { oneof oneof { RequestBody request_body = 1; Reference reference = 2; } }
message Response { string description = 1; MediaTypes content = 3; }
message ResponseOrReference { oneof oneof { Response response = 1; Reference reference = 2; } }
message NamedResponseOrReference { string name = 1; ResponseOrReference value = 2; }
message Responses { repeated NamedResponseOrReference response_or_reference = 2; }
message Operation {
  repeated string tags = 1; string description = 3; string operation_id = 5; repeated ParameterOrReference parameters = 6;
  RequestBodyOrReference request_body = 7; Responses responses = 8; repeated NamedAny specification_extension = 13;
}
message PathItem {
  Operation get = 4; Operation put = 5; Operation post = 6; Operation delete = 7; Operation patch = 10;
  repeated ParameterOrReference parameters = 13;
}
message NamedPathItem { string name = 1; PathItem value = 2; }
message Paths { repeated NamedPathItem path = 1; }
message SecurityScheme { string type = 1; string description = 2; string name = 3; string in = 4; }
message SecuritySchemeOrReference { oneof oneof { SecurityScheme security_scheme = 1; Reference reference = 2; } }
message NamedSecuritySchemeOrReference { string name = 1; SecuritySchemeOrReference value = 2; }
message SecuritySchemesOrReferences { repeated NamedSecuritySchemeOrReference additional_properties = 1; }
message Components { SchemasOrReferences schemas = 1; SecuritySchemesOrReferences security_schemes = 7; }
message Document { string openapi = 1; Info info = 2; Paths paths = 4; Components components = 5; }`;

/** The message has room for plain defaults only. */
const EMPTY_DEFAULT = {};

type Members = Record<string, Json>;
interface Named {
  name: string;
  value: Json;
}

const named = (list: unknown, read: (value: Json) => unknown): Json =>
  Object.fromEntries(((list ?? []) as Named[]).map(({ name, value }) => [name, read(value)]));
const each = <T>(list: unknown, read: (value: Json) => T): T[] => ((list ?? []) as Json[]).map(read);
const free = (value: Json): unknown => JSON.parse(value['yaml'] as string);
const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

function readEither({ schema, reference }: Json): Json {
  return reference ? { $ref: (reference as Json)['ref'] } : readSchema(schema as Json);
}

const SCHEMA_READERS: Record<string, (value: Json & Json[]) => unknown> = {
  enum: (list) => each(list, free),
  all_of: (list) => each(list, readEither),
  one_of: (list) => each(list, readEither),
  any_of: (list) => each(list, readEither),
  not: readSchema,
  items: ({ schema_or_reference: items }) => readEither((items as Json[])[0]!),
  properties: ({ additional_properties: properties }) => named(properties, readEither),
  additional_properties: ({ schema_or_reference: schema, boolean }) => (schema ? readEither(schema as Json) : boolean),
  default: (value) => Object.values(value)[0] ?? EMPTY_DEFAULT,
};

function readSchema({ specification_extension: extensions, ...fields }: Json): Json {
  const read = Object.entries(fields).map(([key, value]) => [
    camel(key),
    SCHEMA_READERS[key]?.(value as Json & Json[]) ?? value,
  ]);
  return { ...Object.fromEntries(read), ...named(extensions, free) };
}

const readMedia = (content: unknown): Json =>
  named((content as Json)['additional_properties'], ({ schema }) => ({ schema: readEither(schema as Json) }));

function readParameter({ parameter }: Json): Json {
  const { schema, ...rest } = parameter as Json;
  return { ...rest, schema: readEither(schema as Json) };
}

function readResponse({ response }: Json): Json {
  const { content, ...rest } = response as Json;
  return content ? { ...rest, content: readMedia(content) } : rest;
}

function readOperation({
  operation_id,
  parameters,
  request_body,
  responses,
  specification_extension,
  ...rest
}: Json): Json {
  const body = (request_body as Members | undefined)?.['request_body'];
  return {
    ...rest,
    operationId: operation_id,
    ...(parameters ? { parameters: each(parameters, readParameter) } : {}),
    ...(body ? { requestBody: { ...body, content: readMedia(body['content']) } } : {}),
    responses: named((responses as Json)['response_or_reference'], readResponse),
    ...named(specification_extension, free),
  };
}

function readPath({ parameters, ...operations }: Json): Json {
  const read = Object.entries(operations).map(([method, one]) => [method, readOperation(one as Json)]);
  return { ...Object.fromEntries(read), ...(parameters ? { parameters: each(parameters, readParameter) } : {}) };
}

function readDocument(bytes: Uint8Array): Json {
  const type = protobuf.parse(DEFINITIONS, { keepCase: true }).root.lookupType('Document');
  const { paths, components, ...head } = type.toObject(type.decode(bytes), { longs: Number }) as Members;
  const { schemas, security_schemes: schemes } = components as Members;
  return {
    ...head,
    paths: named(paths?.['path'], readPath),
    components: {
      schemas: named(schemas!['additional_properties'], readEither),
      ...(schemes ? { securitySchemes: named(schemes['additional_properties'], (one) => one['security_scheme']) } : {}),
    },
  };
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const RESOURCES: ServedResource[] = [
  {
    group: '',
    version: 'v1',
    kind: 'Pod',
    plural: 'pods',
    namespaced: true,
    verbs: VERBS,
    subresources: [{ name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }],
  },
  {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    namespaced: false,
    verbs: VERBS,
    subresources: [],
  },
];

/** What only schemas of custom kinds say. */
const CUSTOM_SCHEMA: Json = {
  type: 'object',
  title: 'A size',
  required: ['a'],
  minProperties: 1,
  maxProperties: 9,
  not: { required: ['c'] },
  anyOf: [{ required: ['a'] }, { required: ['b'] }],
  properties: {
    a: {
      type: 'number',
      multipleOf: 0.5,
      maximum: 10,
      exclusiveMaximum: true,
      minimum: -1,
      exclusiveMinimum: true,
      default: 1.5,
    },
    b: {
      type: 'string',
      minLength: 1,
      maxLength: 9_007_199_254_740_991,
      pattern: '^a',
      nullable: true,
      enum: ['a', 'ab', null],
      default: '',
    },
    c: { type: 'array', minItems: 1, maxItems: 2, items: { $ref: '#/components/schemas/X' }, default: EMPTY_DEFAULT },
    d: { type: 'object', additionalProperties: { type: 'boolean', default: false } },
    e: { 'x-kubernetes-int-or-string': true, oneOf: [{ type: 'integer' }, { type: 'string' }] },
    f: { type: 'object', additionalProperties: true, 'x-kubernetes-preserve-unknown-fields': true, default: {} },
  },
};

describe('a document of OpenAPI v3 as protobuf', () => {
  const openApi = createOpenApi(loadSchemas(), RESOURCES, 'v1.32.4');

  test.each(['api/v1', 'apis/apiextensions.k8s.io/v1'])('says what the JSON says: %s', (path) => {
    const { text, protobuf: encode } = openApi.document(path)!;
    expect(readDocument(encode())).toEqual(JSON.parse(text));
  });

  test('has a field for whatever a custom kind may say', () => {
    const document = { openapi: '3.0.0', components: { schemas: { X: CUSTOM_SCHEMA } } };
    expect(readDocument(encodeOpenApi(document))).toEqual({ ...document, paths: {} });
  });

  test('says that a default is there which it has no room for', () => {
    const schemas = { A: { type: 'array', default: ['a'] } };
    expect(readDocument(encodeOpenApi({ components: { schemas } }))).toMatchObject({
      components: { schemas: { A: { type: 'array', default: EMPTY_DEFAULT } } },
    });
  });

  test('refuses what it has no field for rather than leaving it out', () => {
    expect(() => encodeOpenApi({ openapi: '3.0.0', servers: [] })).toThrow('no field for "servers"');
    expect(() => encodeOpenApi({ components: { schemas: { A: { discriminator: 'b' } } } })).toThrow('"discriminator"');
  });
});
