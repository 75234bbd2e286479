import { describe, expect, it } from 'vitest';
import { negotiate } from '../../../daemon/api/http/negotiate.ts';

const form = (accept: string | undefined) => {
  const { encoding, as } = negotiate(accept, false);
  return as ? `${encoding} as ${as}` : encoding;
};

describe('negotiate', () => {
  it.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/yaml', 'yaml'],
    ['application/vnd.kubernetes.protobuf,application/json', 'json'],
    [
      'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
      'json as Table',
    ],
    ['application/json;as=Nonsense;v=v1;g=meta.k8s.io,application/json', 'json'],
    [
      'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
      'json as PartialObjectMetadataList',
    ],
    ['application/json;q=0.5,application/yaml;q=0.9', 'yaml'],
  ])('%s → %s', (accept, expected) => {
    expect(form(accept)).toBe(expected);
  });

  it('says what there is when nothing fits', () => {
    expect(() => negotiate('text/html', false)).toThrow(
      'only the following media types are accepted: application/json, application/yaml',
    );
  });
});
