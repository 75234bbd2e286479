/** `reflet seal` as a person runs it, without a daemon. */

import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

// Each command is a process that reads all of the daemon's modules: slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

import { systemClock } from '../../daemon/base/clock.ts';
import { run } from '../../daemon/base/process.ts';
import { rotateText, sealText } from '../../daemon/bin/seal.ts';
import { openKeyring, readKeyFile } from '../../daemon/sops/key-file.ts';
import { createKeyring, generateIdentity, type Keyring } from '../../daemon/sops/keyring.ts';
import { openDocuments } from '../../daemon/sops/open.ts';
import { readManifests } from '../../daemon/yaml/read.ts';

let folder: string;
let keyring: Keyring;
let recipient: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reflet-seal-'));
  keyring = await openKeyring(join(folder, 'keys'), systemClock);
  recipient = keyring.recipients[0]!;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const REFLET = join(import.meta.dirname, '../../daemon/bin/reflet.mjs');
const seal = (args: string[], input = '') =>
  run(process.execPath, [REFLET, 'seal', '--data-dir', folder, ...args], { cwd: folder, input });
const plainOf = async (text: string, ring = keyring) => {
  const { opened, problems } = await openDocuments(readManifests(text), ring);
  expect(problems).toEqual([]);
  return opened.map(({ value }) => value);
};

const CANARY = 'canary-31c';
const TEXT = `kind: ConfigMap
metadata: {name: c}
data: {a: plain}
---
# the database
apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"data":{"p":"${CANARY}"}}'
stringData: {p: ${CANARY}}
`;

it('encrypts the Secrets of a file in place and leaves the rest alone', async () => {
  const file = join(folder, 'db.yaml');
  await writeFile(file, TEXT);
  await chmod(file, 0o640);
  const result = await seal(['-r', recipient, file]);
  expect(result.stderr).toBe('');
  expect(result.stdout).toContain(`secret shop/db encrypted for ${recipient} (--recipient), without kubectl’s copy`);
  expect((await stat(file)).mode & 0o777).toBe(0o640);
  const text = await readFile(file, 'utf8');
  expect(text.startsWith(TEXT.slice(0, TEXT.indexOf('  annotations')))).toBe(true);
  expect(text + result.stdout).not.toContain(CANARY);
  expect(await plainOf(text)).toMatchObject([{ stringData: { p: CANARY } }]);
  const again = await seal(['-r', recipient, file, '-o', 'json']);
  expect(JSON.parse(again.stdout)).toMatchObject({ objects: [{ name: 'secret shop/db', state: 'already encrypted' }] });
  expect(await readFile(file, 'utf8')).toBe(text);
});

it('takes standard input to standard output, for the recipients of .sops.yaml', async () => {
  await mkdir(join(folder, 'clone'), { recursive: true });
  await writeFile(
    join(folder, '.sops.yaml'),
    `creation_rules:\n- path_regex: other/.*\n  age: age1x\n- age: >-\n    ${recipient},\n    ${recipient}\n`,
  );
  const result = await seal(['-'], TEXT);
  expect(result.stderr).toContain('.sops.yaml');
  expect(await plainOf(result.stdout)).toMatchObject([{ stringData: { p: CANARY } }]);
});

it('says what is wrong and changes nothing', async () => {
  const sealing = { recipients: [recipient], now: 0 };
  const cases: [string, string[], string][] = [
    ['kind: ConfigMap\n', [recipient], 'no Secret in it'],
    [`kind: Secret\nstringData: {p: [${CANARY}\n`, [recipient], 'x.yaml:'],
    ['kind: Secret\ndata: {p: x}\n', ['age1nonsense'], 'age1nonsense: expected an age recipient'],
    ['kind: Secret\nmetadata: &m {name: a}\ndata: &d {p: x}\nstringData: *d\n', [recipient], 'shared by the anchor'],
  ];
  for (const [text, recipients, message] of cases) {
    const error = await sealText('x.yaml', Buffer.from(text), { ...sealing, recipients }).catch((one: Error) => one);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain(CANARY);
  }
  await expect(rotateText('x.yaml', Buffer.from('kind: Secret\n'), keyring, sealing)).rejects.toThrow('nothing in it');
  const file = join(folder, 'x.yaml');
  await writeFile(file, TEXT);
  const result = await seal([file]);
  expect(result.exitCode).toBe(1);
  expect(result.stderr).toContain('nobody to encrypt for');
  expect(await readFile(file, 'utf8')).toBe(TEXT);
});

it('rotates: new keys open it, old ones do not', async () => {
  const file = join(folder, 'db.yaml');
  await writeFile(file, TEXT);
  await seal(['-r', recipient, file]);
  const next = await createKeyring([await generateIdentity()]);
  const result = await seal(['--rotate', '-r', next.recipients[0]!, file]);
  expect(result.exitCode).toBe(0);
  const text = await readFile(file, 'utf8');
  expect(await plainOf(text, next)).toMatchObject([{ stringData: { p: CANARY } }]);
  expect((await openDocuments(readManifests(text), keyring)).problems).toHaveLength(1);
});

it('the key is made once, for its owner alone; what is no key file is refused without its content', async () => {
  const path = join(folder, 'keys', 'age.txt');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).toMatch(/^# created: .*\n# public key: age1.*\nAGE-SECRET-KEY-1.*\n$/);
  expect((await openKeyring(join(folder, 'keys'), systemClock)).recipients).toEqual([recipient]);
  const old = await readFile(path, 'utf8');
  await writeFile(path, `${await generateIdentity()}\n${old}`);
  const both = await openKeyring(join(folder, 'keys'), systemClock);
  expect(both.recipients).toEqual([expect.any(String), recipient]);
  await chmod(path, 0o644);
  await expect(readKeyFile(path)).rejects.toThrow('expected mode 0600');
  await writeFile(path, `${CANARY}\n`);
  await chmod(path, 0o600);
  await expect(readKeyFile(path)).rejects.toThrow(
    /age\.txt:1: expected an age identity \(AGE-SECRET-KEY-1…\) or a comment$/,
  );
});
