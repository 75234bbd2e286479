/** The binary form of `/openapi/v2`: read back by an independent reading of gnostic's message definitions, it says what the JSON says. */

import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { loadSchemas } from '../../daemon/schema/load.ts';
import { createOpenApi, type ServedResource } from '../../daemon/schema/openapi.ts';
import { encodeSwagger } from '../../daemon/schema/openapi-v2-protobuf.ts';

type Json = Record<string, unknown>;

/** The part of openapi.v2 that our documents use, by the published field numbers. */
const DEFINITIONS = `
syntax = "proto3";
message Any { string yaml = 2; }
message NamedAny { string name = 1; Any value = 2; }
message Info { string title = 1; string version = 2; repeated NamedAny vendor_extension = 7; }
message StringArray { repeated string value = 1; }
message NamedStringArray { string name = 1; StringArray value = 2; }
message SecurityRequirement { repeated NamedStringArray additional_properties = 1; }
message ApiKeySecurity { string type = 1; string name = 2; string in = 3; string description = 4; }
message SecurityDefinitionsItem { oneof oneof { ApiKeySecurity api_key_security = 2; } }
message NamedSecurityDefinitionsItem { string name = 1; SecurityDefinitionsItem value = 2; }
message SecurityDefinitions { repeated NamedSecurityDefinitionsItem additional_properties = 1; }
message TypeItem { repeated string value = 1; }
message ItemsItem { repeated Schema schema = 1; }
message AdditionalPropertiesItem { oneof oneof { Schema schema = 1; bool boolean = 2; } }
message NamedSchema { string name = 1; Schema value = 2; }
message Properties { repeated NamedSchema additional_properties = 1; }
message Definitions { repeated NamedSchema additional_properties = 1; }
message Schema {
  string ref = 1; string format = 2; string title = 3; string description = 4; Any default = 5; double multiple_of = 6; double maximum = 7;
  bool exclusive_maximum = 8; double minimum = 9; bool exclusive_minimum = 10; int64 max_length = 11; int64 min_length = 12;
  int64 max_items = 14; int64 min_items = 15; int64 max_properties = 17; int64 min_properties = 18; repeated string required = 19; repeated Any enum = 20;
  AdditionalPropertiesItem additional_properties = 21; TypeItem type = 22; ItemsItem items = 23; Properties properties = 25;
  repeated NamedAny vendor_extension = 31;
}
message BodyParameter { string description = 1; string name = 2; string in = 3; bool required = 4; Schema schema = 5; }
message QueryParameterSubSchema { bool required = 1; string in = 2; string description = 3; string name = 4; string type = 6; bool unique_items = 20; }
message PathParameterSubSchema { bool required = 1; string in = 2; string description = 3; string name = 4; string type = 5; bool unique_items = 19; }
message NonBodyParameter { oneof oneof {
  QueryParameterSubSchema query_parameter_sub_schema = 3; PathParameterSubSchema path_parameter_sub_schema = 4; } }
message Parameter { oneof oneof { BodyParameter body_parameter = 1; NonBodyParameter non_body_parameter = 2; } }
message ParametersItem { oneof oneof { Parameter parameter = 1; } }
message SchemaItem { oneof oneof { Schema schema = 1; } }
message Response { string description = 1; SchemaItem schema = 2; }
message ResponseValue { oneof oneof { Response response = 1; } }
message NamedResponseValue { string name = 1; ResponseValue value = 2; }
message Responses { repeated NamedResponseValue response_code = 1; }
message Operation {
  repeated string tags = 1; string description = 3; string operation_id = 5; repeated string produces = 6; repeated string consumes = 7;
  repeated ParametersItem parameters = 8; Responses responses = 9; repeated string schemes = 10; repeated NamedAny vendor_extension = 13;
}
message PathItem {
  Operation get = 2; Operation put = 3; Operation post = 4; Operation delete = 5; Operation patch = 8; repeated ParametersItem parameters = 9;
}
message NamedPathItem { string name = 1; PathItem value = 2; }
message Paths { repeated NamedPathItem path = 2; }
message Document {
  string swagger = 1; Info info = 2; Paths paths = 8; Definitions definitions = 9; repeated SecurityRequirement security = 12;
  SecurityDefinitions security_definitions = 13;
}`;

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const RESOURCES: ServedResource[] = [
  {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    plural: 'deployments',
    namespaced: true,
    verbs: VERBS,
    subresources: [
      { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
    ],
  },
];

interface Named {
  name: string;
  value: Json;
}

const named = (list: unknown, read: (value: Json) => unknown): Json =>
  Object.fromEntries(((list ?? []) as Named[]).map(({ name, value }) => [name, read(value)]));
const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
const free = (value: Json): unknown => JSON.parse(value['yaml'] as string);

function readSchema(schema: Json): Json {
  const { ref, type, items, properties, additional_properties, vendor_extension, default: preset, ...rest } = schema;
  const list = rest['enum'] as Json[] | undefined;
  const plain = Object.entries(rest).map(([key, value]) => [camel(key), value]);
  return {
    ...Object.fromEntries(plain),
    ...(list ? { enum: list.map(free) } : {}),
    ...(preset ? { default: free(preset as Json) } : {}),
    ...(ref ? { $ref: ref } : {}),
    ...(type ? { type: ((type as Json)['value'] as string[])[0] } : {}),
    ...(items ? { items: readSchema(((items as Json)['schema'] as Json[])[0]!) } : {}),
    ...(properties ? { properties: named((properties as Json)['additional_properties'], readSchema) } : {}),
    ...(additional_properties
      ? { additionalProperties: readSchema((additional_properties as Json)['schema'] as Json) }
      : {}),
    ...named(vendor_extension, free),
  };
}

const readParameters = (list: unknown): Json => (list ? { parameters: (list as Json[]).map(readParameter) } : {});

function readParameter({ parameter }: Json): Json {
  const { body_parameter: body, non_body_parameter: other } = parameter as { [key: string]: Json };
  if (body) return { ...body, schema: readSchema(body['schema'] as Json) };
  const { unique_items, ...rest } = Object.values(other!)[0] as Json;
  return { ...rest, uniqueItems: unique_items };
}

function readOperation(operation: Json): Json {
  const { operation_id, parameters, responses, vendor_extension, ...rest } = operation;
  const readResponse = ({ response }: Json): Json => {
    const { schema, ...about } = response as Json;
    return schema ? { ...about, schema: readSchema((schema as Json)['schema'] as Json) } : about;
  };
  return {
    ...rest,
    operationId: operation_id,
    ...readParameters(parameters),
    responses: named((responses as Json)['response_code'], readResponse),
    ...named(vendor_extension, free),
  };
}

function readPath({ parameters, ...operations }: Json): Json {
  const read = Object.entries(operations).map(([method, one]) => [method, readOperation(one as Json)]);
  return { ...Object.fromEntries(read), ...readParameters(parameters) };
}

function readDocument(bytes: Uint8Array): Json {
  const type = protobuf.parse(DEFINITIONS, { keepCase: true }).root.lookupType('Document');
  const document = type.toObject(type.decode(bytes), { longs: Number }) as { [key: string]: Json };
  const security = document['security'] as unknown as Json[];
  return {
    swagger: document['swagger'],
    info: document['info'],
    paths: named(document['paths']!['path'], readPath),
    definitions: named(document['definitions']!['additional_properties'], readSchema),
    securityDefinitions: named(
      document['security_definitions']!['additional_properties'],
      ({ api_key_security }) => api_key_security,
    ),
    security: security.map((one) => named(one['additional_properties'], ({ value }) => value ?? [])),
  };
}

describe('the swagger document as protobuf', () => {
  test('says what the JSON says', () => {
    const openApi = createOpenApi(loadSchemas(), RESOURCES, 'v1.32.4');
    const json = JSON.parse(openApi.swagger().text) as Json;
    expect(readDocument(openApi.swagger().protobuf())).toEqual(json);
  });

  test('has a field for whatever a custom kind may say', () => {
    const a = {
      type: 'number',
      multipleOf: 0.5,
      maximum: 10,
      exclusiveMaximum: true,
      minimum: -1,
      exclusiveMinimum: true,
    };
    const b = { type: 'string', minLength: 1, maxLength: 9, title: 'B' };
    const c = { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } };
    const definitions = { X: { type: 'object', minProperties: 1, maxProperties: 9, properties: { a, b, c } } };
    const head = { swagger: '2.0', info: {}, paths: {}, securityDefinitions: {}, security: [{}] };
    expect(readDocument(encodeSwagger({ ...head, definitions }))).toEqual({ ...head, definitions });
  });

  test('refuses what it has no field for rather than leaving it out', () => {
    expect(() => encodeSwagger({ swagger: '2.0', host: 'a' })).toThrow('no field for "host"');
    expect(() => encodeSwagger({ definitions: { A: { type: 'string', discriminator: 'b' } } })).toThrow(
      '"discriminator"',
    );
  });
});
