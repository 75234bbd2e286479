import { describe, expect, it } from 'vitest';
import { create, kindOf, update } from './support/admit.ts';
import { texts } from './support/expect.ts';

const configMaps = kindOf('', 'v1', 'ConfigMap');
const secrets = kindOf('', 'v1', 'Secret');
const metadata = { name: 'a' };
const encoded = (text: string) => Buffer.from(text).toString('base64');

describe('a ConfigMap', () => {
  it('counts its bytes, decoded', () => {
    const half = 'x'.repeat(512 * 1024);
    const fits = { metadata, data: { a: half }, binaryData: { b: encoded(half) } };
    expect(create(configMaps, fits).errors).toEqual([]);
    const over = { ...fits, data: { a: half, c: '.' } };
    expect(texts(create(configMaps, over).errors)).toEqual(['[]: Too long: may not be more than 1048576 bytes']);
  });

  it('has keys that are file names', () => {
    const [error, ...rest] = texts(create(configMaps, { metadata, data: { '..x': '' } }).errors);
    expect(error).toBe('data[..x]: Invalid value: "..x": must not start with \'..\'');
    expect(rest).toEqual([]);
  });

  it.each([
    [{ immutable: true, data: { a: '2' } }, ['data: Forbidden: field is immutable when `immutable` is set']],
    [{ data: { a: '1' } }, ['immutable: Forbidden: field is immutable when `immutable` is set']],
    [
      { immutable: true, data: { a: '1' }, binaryData: { b: 'AA==' } },
      ['binaryData: Forbidden: field is immutable when `immutable` is set'],
    ],
    [{ immutable: true, data: { a: '1' }, metadata: { ...metadata, labels: { l: 'v' } } }, []],
  ])('that is immutable answers %j', (body, expected) => {
    const live = create(configMaps, { metadata, immutable: true, data: { a: '1' } }).object;
    expect(texts(update(configMaps, { metadata, ...body }, live).errors)).toEqual(expected);
  });

  it('shows how many keys it has', () => {
    const { object } = create(configMaps, { metadata, data: { a: '' }, binaryData: { b: '' } });
    expect(configMaps.table.cells(object, 0)[1]).toBe(2);
  });
});

describe('a Secret', () => {
  it('takes stringData over data, and is opaque by default', () => {
    const { object } = create(secrets, {
      metadata,
      data: { a: encoded('1'), b: encoded('2') },
      stringData: { b: 'ü' },
    });
    expect(object).toMatchObject({ type: 'Opaque', data: { a: encoded('1'), b: encoded('ü') } });
    expect(object).not.toHaveProperty('stringData');
  });

  it.each<[string, object, string[]]>([
    ['kubernetes.io/tls', {}, ['data[tls.crt]: Required value', 'data[tls.key]: Required value']],
    ['kubernetes.io/tls', { 'tls.crt': '', 'tls.key': '' }, []],
    ['kubernetes.io/basic-auth', { username: '' }, []],
    ['kubernetes.io/ssh-auth', { 'ssh-privatekey': '' }, ['data[%s][ssh-privatekey]: Required value']],
    ['kubernetes.io/dockercfg', {}, ['data[.dockercfg]: Required value']],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': encoded('{}') }, []],
    ['example.com/own', {}, []],
  ])('of type %s with %j', (type, data, expected) => {
    expect(texts(create(secrets, { metadata, type, data }).errors)).toEqual(expected);
  });

  it('never tells a value, however wrong it is', () => {
    for (const text of ['hunter2', '{"auths": hunter2}', '["hunter2"]', '"hunter2', '{"a": "hunter2"']) {
      const data = { '.dockerconfigjson': encoded(text) };
      const [error] = texts(create(secrets, { metadata, type: 'kubernetes.io/dockerconfigjson', data }).errors);
      expect(error).toMatch(/^data\[.dockerconfigjson\]: Invalid value: "<secret contents redacted>": /);
      expect(error).not.toContain('hunter');
    }
  });

  it('keeps its type, and its data when it is immutable', () => {
    const live = create(secrets, { metadata, immutable: true, data: { a: encoded('1') } }).object;
    const { errors } = update(secrets, { metadata, type: 'example.com/x', immutable: true }, live);
    expect(texts(errors)).toEqual([
      'type: Invalid value: "example.com/x": field is immutable',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  });

  it('is selected by its type, and shows no value', () => {
    const { object } = create(secrets, { metadata, data: { a: encoded('hunter2') } });
    expect(secrets.fieldSelectors['type']?.(object)).toBe('Opaque');
    expect(JSON.stringify(secrets.table.cells(object, 0))).toBe('["a","Opaque",1,"<unknown>"]');
  });
});
