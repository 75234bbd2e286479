/** Encrypted manifests: what real SOPS wrote is read, what is written is SOPS' form, and every change to a file is noticed. */

import { beforeAll, describe, expect, it } from 'vitest';
import { createKeyring, EMPTY_KEYRING, generateIdentity, type Keyring } from '../../daemon/sops/keyring.ts';
import { openDocuments } from '../../daemon/sops/open.ts';
import { editSealed, refreshMac, rotateSealed, sealDocument } from '../../daemon/sops/seal.ts';
import type { EditResult } from '../../daemon/yaml/edit.ts';
import { readManifests } from '../../daemon/yaml/read.ts';

type Json = Record<string, unknown>;

let keyring: Keyring;
let other: Keyring;
beforeAll(async () => {
  keyring = await createKeyring([await generateIdentity()]);
  other = await createKeyring([await generateIdentity()]);
});

const NOW = Date.parse('2026-01-02T03:04:05Z');
const options = () => ({ recipients: keyring.recipients, now: NOW });
const textOf = (result: EditResult): string => {
  if ('refusal' in result) throw new Error(result.refusal);
  return result.text;
};
const seal = async (text: string, index = 0) => textOf(await sealDocument(text, index, undefined, options()));
const open = async (text: string, ring = keyring) => {
  const read = readManifests(text);
  expect(read.problems).toEqual([]);
  return openDocuments(read, ring);
};
const plainOf = async (text: string, index = 0): Promise<Json> => {
  const { opened, problems } = await open(text);
  expect(problems).toEqual([]);
  return opened.find(({ document }) => document.index === index)!.value;
};
const problemOf = async (text: string, ring = keyring) => (await open(text, ring)).problems[0]!;

const SECRET = `# The shop's database.
apiVersion: v1
kind: Secret
metadata:
  name: db   # short
  namespace: shop
type: Opaque
stringData:
  # before May it was canary-comment
  user: shop
  password: 'canary "quoted"' # rotate yearly
  8080: canary-port
  empty: ""
  nothing:
  config: |
    [db]
    url = canary-url
`;

describe('a sealed document', () => {
  it('holds no value and no comment of its secrets, and keeps every other byte', async () => {
    const sealed = await seal(SECRET);
    expect(sealed).not.toContain('canary');
    expect(sealed).not.toContain('rotate');
    const head = SECRET.slice(0, SECRET.indexOf('  # before'));
    expect(sealed.startsWith(head)).toBe(true);
    expect(sealed).toMatch(/\n {2}password: 'ENC\[AES256_GCM,data:[^ ]+,type:str\]' #ENC\[.*type:comment\]\n/);
    expect(sealed).toContain('  empty: ""\n  nothing:\n');
    expect(sealed).toContain('encrypted_regex: "^(data|stringData)$"\n');
    expect(await plainOf(sealed)).toEqual(readManifests(SECRET).documents[0]!.value);
  });

  it('is opened by every recipient and by nobody else', async () => {
    const both = [...keyring.recipients, ...other.recipients];
    const sealed = textOf(await sealDocument(SECRET, 0, undefined, { recipients: both, now: NOW }));
    expect((await open(sealed, other)).problems).toEqual([]);
    const alone = await seal(SECRET);
    const problem = await problemOf(alone, other);
    expect(problem.message).toContain(keyring.recipients[0]);
    expect(problem.expected).toContain(other.recipients[0]);
    expect(alone.split('\n')[problem.line - 1]).toContain('age:');
    expect((await problemOf(alone, EMPTY_KEYRING)).message).toContain('no key at hand');
  });

  it('of any style comes out right', async () => {
    const styles = [
      '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "j"}, "data": {"a": "Y2FuYXJ5", "b": ""}}\n',
      'apiVersion: v1\r\nkind: Secret\r\nmetadata: {name: x}\r\ndata:\r\n    b: Y2FuYXJ5\r\n    a: >-\r\n      Y2Fu\r\n      YXJ5',
      'stringData: {a: canary, "b": \'canary\', c: [1, true, canary]}\nkind: Secret\n',
      'apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  stringData:\n    a: canary\n- kind: ConfigMap\n  metadata: {name: c}\n',
    ];
    for (const text of styles) {
      const sealed = await seal(text);
      expect(sealed).not.toContain('canary');
      expect(sealed).not.toContain('Y2Fu');
      expect(await plainOf(sealed)).toEqual(readManifests(text).documents[0]!.value);
    }
  });

  it.each([
    [
      'a value',
      (text: string) =>
        text.replace(/user: ENC\[AES256_GCM,data:./, (one) => one.slice(0, -1) + (one.endsWith('A') ? 'B' : 'A')),
      10,
      'stringData.user',
    ],
    ['a value under another name', (text: string) => text.replace('  user:', '  admin:'), 10, 'stringData.admin'],
    ['another namespace', (text: string) => text.replace('namespace: shop', 'namespace: mine'), 0, 'MAC'],
    ['a member more', (text: string) => text.replace('type: Opaque', 'type: Opaque\nimmutable: true'), 0, 'MAC'],
    ['a plain value among them', (text: string) => text.replace(/user: .*/, 'user: canary'), 10, 'not encrypted'],
    ['a value less', (text: string) => text.replace(/ {2}user: .*\n/, ''), 0, 'MAC'],
    ['no MAC', (text: string) => text.replace(/ {2}mac: .*\n/, ''), 0, 'no MAC'],
    ['another time', (text: string) => text.replace('2026-01-02', '2026-01-03'), 0, 'MAC'],
  ])('changed by hand is refused with its place and without a value: %s', async (_what, change, line, message) => {
    const text = change(await seal(SECRET));
    const problem = await problemOf(text);
    expect(problem.message).toContain(message);
    expect(JSON.stringify(problem)).not.toContain('canary');
    if (line > 0) expect(problem.line).toBe(line);
    else expect(text.split('\n')[problem.line - 1]).toMatch(/mac|sops|lastmodified/);
  });

  it('with hostile metadata is refused by name', async () => {
    const sealed = await seal(SECRET);
    const cases: [string, string, string][] = [
      ['encrypted_regex: "^(data|stringData)$"', 'encrypted_regex: "("', 'not a regular expression'],
      ['encrypted_regex: "^(data|stringData)$"', 'encrypted_regex: a\n  unencrypted_suffix: b', 'beside'],
      ['encrypted_regex:', 'shamir_threshold: 2\n  encrypted_regex:', 'groups'],
      ['  age:', '  age: {}\n  was:', 'not a list'],
      ['  age:', '  age: []\n  pgp: [{fp: x}]\n  was:', 'pgp only'],
    ];
    for (const [from, to, message] of cases)
      expect((await problemOf(sealed.replace(from, to))).message).toContain(message);
  });
});

describe('a change of a sealed document', () => {
  const change = async (text: string, mutate: (value: Json) => void, index = 0, ring = keyring) => {
    const wanted = structuredClone(await plainOf(text, index));
    mutate(wanted);
    return { wanted, result: await editSealed(text, index, wanted, ring, { ...options(), now: NOW + 60_000 }) };
  };

  it('encrypts the values that changed and leaves the others alone', async () => {
    const sealed = await seal(SECRET);
    const { wanted, result } = await change(sealed, (value) => {
      (value['stringData'] as Json)['user'] = 'canary-new';
      (value['stringData'] as Json)['more'] = 'canary-more';
      (value['metadata'] as Json)['labels'] = { app: 'db' };
    });
    const text = textOf(result);
    expect(await plainOf(text)).toEqual(wanted);
    expect(text).not.toContain('canary');
    const before = sealed.split('\n');
    const gone = before.filter((line) => !text.includes(line));
    expect(gone.map((line) => line.trim().split(':')[0])).toEqual(['user', 'lastmodified', 'mac']);
  });

  it('back again gives another cipher text but the same file otherwise; no change, the same bytes', async () => {
    const sealed = await seal(SECRET);
    expect((await change(sealed, () => {})).result).toEqual({ text: sealed });
  });

  it('adds the recipients that are wanted and were not there', async () => {
    const sealed = textOf(await sealDocument(SECRET, 0, undefined, { recipients: other.recipients, now: NOW }));
    const { opened } = await open(sealed, other);
    const wanted = { ...opened[0]!.value, type: 'other' };
    const text = textOf(await editSealed(sealed, 0, wanted, other, options()));
    expect(await plainOf(text)).toEqual(wanted);
    expect((await open(text, other)).problems).toEqual([]);
  });

  it('of a document encrypted with others renews the MAC of all, also when one is taken out', async () => {
    const one = await seal(SECRET);
    const rest = one.slice(one.indexOf('sops:'));
    // As `sops` encrypts a file of two documents: one data key, one MAC, in both.
    const two = `${one}---\nkind: ConfigMap\nmetadata: {name: c}\n${rest}`;
    const mac = /mac: (.*)/.exec(one)![1]!;
    const both = textOf(await refreshMac(two, mac, keyring, options()));
    expect(await plainOf(both, 1)).toEqual({ kind: 'ConfigMap', metadata: { name: 'c' } });
    expect((await problemOf(both.replace('{name: c}', '{name: d}'))).message).toContain('MAC');
    const { wanted, result } = await change(both, (value) => Object.assign(value, { data: { a: 'canary' } }), 1);
    const text = textOf(result);
    expect(await plainOf(text, 1)).toEqual(wanted);
    expect(await plainOf(text, 0)).toEqual(await plainOf(one));
    const left = text.slice(0, text.indexOf('\n---\n') + 1);
    expect((await problemOf(left)).message).toContain('MAC');
    expect(await plainOf(textOf(await refreshMac(left, /mac: (.*)/.exec(left)![1]!, keyring, options())))).toEqual(
      await plainOf(one),
    );
  });

  it('is refused for a file that was tampered with, or that no key opens', async () => {
    const sealed = await seal(SECRET);
    const tampered = sealed.replace('namespace: shop', 'namespace: mine');
    expect(await editSealed(tampered, 0, {}, keyring, options())).toHaveProperty('refusal');
    expect(await editSealed(sealed, 0, {}, other, options())).toHaveProperty('refusal');
  });

  it('of the keys: a new data key, and only the recipients that are given', async () => {
    const sealed = await seal(`${SECRET}---\nkind: ConfigMap\n`);
    const rotated = textOf(await rotateSealed(sealed, keyring, { recipients: other.recipients, now: NOW }));
    expect((await problemOf(rotated)).message).toContain('no key at hand');
    expect((await open(rotated, other)).opened[0]!.value).toEqual(await plainOf(sealed));
    expect(rotated.match(/ENC\[[^\]]*\]/g)!.filter((one) => sealed.includes(one) && !one.includes('comment'))).toEqual(
      [],
    );
  });
});

describe('numbers, words and rules as SOPS has them', () => {
  it('the MAC takes plain scalars as go-yaml v3 reads them', async () => {
    const { macBytesOf } = await import('../../daemon/sops/go-scalar.ts');
    const cases: [string, string | undefined][] = [
      ['yes', 'yes'],
      ['true', 'True'],
      ['False', 'False'],
      ['~', undefined],
      ['', undefined],
      ['0o17', '15'],
      ['017', '15'],
      ['0x1F', '31'],
      ['-12', '-12'],
      ['1_000', '1000'],
      ['1e3', '1000'],
      ['1.50', '1.5'],
      ['1e21', '1000000000000000000000'],
      ['1.5e-7', '0.00000015'],
      ['2024-01-02', '2024-01-02T00:00:00Z'],
      ['2024-01-02T03:04:05.600Z', '2024-01-02T03:04:05.6Z'],
      ['12:30', '12:30'],
      ['1.2.3', '1.2.3'],
      ['v1', 'v1'],
    ];
    expect(cases.map(([text]) => macBytesOf(text, true))).toEqual(cases.map(([, bytes]) => bytes));
    expect(macBytesOf('true', false)).toBe('true');
  });
});
