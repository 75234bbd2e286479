import { describe, expect, it } from 'vitest';
import { negotiate, streamForm } from '../../../daemon/api/http/negotiate.ts';
import { deleteParameters, includeObject } from '../../../daemon/api/http/parameters.ts';
import { loadSchemas } from '../../../daemon/schema/load.ts';
import { createProtobufCodec } from '../../../daemon/schema/protobuf.ts';

const protobuf = createProtobufCodec(loadSchemas());

const form = (accept: string | undefined) => {
  const { encoding, as } = negotiate(accept, false, { protobuf });
  return as ? `${encoding} as ${as}` : encoding;
};

it('preconditions of a deletion may stand in the query', () => {
  const { preconditions } = deleteParameters(new URLSearchParams('uid=u&resourceVersion=1'), undefined);
  expect(preconditions).toEqual({ uid: 'u', resourceVersion: '1' });
});

it('what a table includes matters to a table alone', () => {
  const query = new URLSearchParams('includeObject=x');
  expect(includeObject(query, {})).toBe('Metadata');
  expect(() => includeObject(query, { as: 'Table' })).toThrow(
    `Unable to convert to Table as requested: includeObject: Invalid value: "x": must be 'Metadata', 'Object', 'None', or empty`,
  );
});

describe('negotiate', () => {
  it.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/yaml', 'yaml'],
    ['application/vnd.kubernetes.protobuf,application/json', 'protobuf'],
    ['application/json, application/vnd.kubernetes.protobuf', 'json'],
    [
      'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
      'json as Table',
    ],
    ['application/json;as=Nonsense;v=v1;g=meta.k8s.io,application/json', 'json'],
    [
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
      'protobuf as PartialObjectMetadataList',
    ],
    ['application/json;q=0.5,application/yaml;q=0.9', 'yaml'],
    // As upstream reads it: the last choice, but a choice; and cases matter.
    ['application/json;q=0', 'json'],
    ['application/json;q=x,application/yaml;q=0.1', 'yaml'],
    ['application/json;AS=Table;V=v1;G=meta.k8s.io', 'json'],
    ['application/json; as=Table; v=v1; g=meta.k8s.io', 'json as Table'],
  ])('%s → %s', (accept, expected) => {
    expect(form(accept)).toBe(expected);
  });

  it('says what there is when nothing fits', () => {
    expect(() => negotiate('application/json;as=Foo;g=meta.k8s.io;v=v1', false)).toThrow(
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    );
    for (const accept of ['text/html', 'application/*', 'garbage'])
      expect(() => negotiate(accept, false)).toThrow('406: Not Acceptable');
    expect(negotiate('application/*', false, { isCustom: true }).encoding).toBe('json');
    for (const accept of ['text/html', 'constructor', '__proto__', 'APPLICATION/JSON'])
      expect(() => negotiate(accept, false, { isCustom: true })).toThrow('only the following media types are accepted');
    expect(() => streamForm(negotiate('application/yaml', false))).toThrow(
      'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    );
  });
});
