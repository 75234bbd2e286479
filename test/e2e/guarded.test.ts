/**
 * What holds a commit back, and what keeps a value secret, as a user meets it with git, kubectl and reflet on one running daemon: reflet.yaml, secrets,
 * the prune guard, suspension, signatures.
 */

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { configMap } from '../git/support/world.ts';
import { type GpgHome, makeGpgHome, makeSshKey, type SshKeyFile, signWith } from '../git/trust/keys.ts';
import { commitFiles } from '../support/commit-files.ts';
import { type Clone, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const HEAD = 'apiVersion: reflet.dev/v1\nkind: Configuration\n';
/** In no log, and nowhere on the disk but where the API keeps it encrypted. */
const CANARY = 'c4n4ry-of-guarded';

describe.skipIf(SKIP_E2E)('a commit is held back', () => {
  let host: RefletHost;
  let clone: Clone;
  beforeAll(async () => {
    host = await startReflet({ port: 16_465, args: ['--no-demonstration'] });
    clone = await host.clone();
    await clone.git('commit', '-q', '--allow-empty', '-m', 'Nothing yet');
    await clone.git('push', '-q', 'origin', 'HEAD:main');
  });
  afterAll(() => host?.close());

  async function push(files: Record<string, string | undefined>, message?: string, options?: readonly string[]) {
    const commit = await commitFiles(clone, files, message, options);
    return { commit, ...(await clone.push()) };
  }
  async function taken(files: Record<string, string | undefined>, message?: string, options?: readonly string[]) {
    const result = await push(files, message, options);
    expect(result.exitCode, result.stderr).toBe(0);
    return result;
  }
  const confirm = async (...args: string[]) => host.reflet('confirm', ...args);
  const names = async () =>
    (await host.must('get', 'configmaps', '-l', '!kube', '-o', 'jsonpath={.items[*].metadata.name}'))
      .split(' ')
      .filter((name) => name !== 'kube-root-ca.crt');

  it('when reflet.yaml has a mistake, which is told with its place', async () => {
    const { exitCode, stderr } = await push({ 'reflet.yaml': `${HEAD}folow: {pollInterval: 10s}\n` });
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('reflet.yaml:3:1: folow: unknown field "folow"; expected: did you mean "follow"?');
    await taken({ 'reflet.yaml': `${HEAD}secrets: {plainText: refuse}\n`, 'keep.yaml': configMap('keep', { a: '1' }) });
  });

  it('when a Secret in it is in plain text; sealed, or made by kubectl, no value is anywhere', async () => {
    const plain = `apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: ${CANARY}}\n`;
    const refused = await push({ 'db.yaml': plain });
    expect(refused.stderr).toContain('db.yaml:1:1: secret default/db: its values are in plain text in git');
    const file = join(clone.folder, 'db.yaml');
    expect((await host.reflet('seal', file)).stdout).toContain('secret db encrypted for age1');
    await taken({ 'db.yaml': await readFile(file, 'utf8') });
    const value = async (name: string) =>
      Buffer.from(await host.must('get', 'secret', name, '-o', 'jsonpath={.data.password}'), 'base64').toString();
    expect(await value('db')).toBe(CANARY);
    await host.must('create', 'secret', 'generic', 'by-hand', `--from-literal=password=${CANARY}`);
    expect(await value('by-hand')).toBe(CANARY);
    const encrypted = await waitFor('the commit', async () => {
      await clone.git('fetch', '-q', 'origin');
      const shown = await clone.git('show', 'origin/main:default/secret-by-hand.yaml');
      return shown.exitCode === 0 && shown.stdout;
    });
    expect(encrypted).toContain('password: ENC[AES256_GCM,');
    expect((await clone.git('log', '-p', 'origin/main')).stdout).not.toContain(CANARY);
    for (const text of [CANARY, Buffer.from(CANARY).toString('base64')]) {
      expect(host.output()).not.toContain(text);
      const where = ['store', 'audit', 'ledger', 'agent', 'commits.jsonl', 'desired.git'];
      const found = await run('grep', ['-rlF', text, ...where.map((name) => join(host.dataDir, name))]);
      expect(found.stdout).toBe('');
    }
  });

  it('when it removes much, until that is confirmed by its id or by a trailer; one object may say that it stays', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`many/${index}.yaml`, configMap(`c${index}`, { k: 'v' })]),
    );
    const stays = configMap('stays', {}).replace('metadata:', 'metadata:\n  annotations: {reflet.dev/prune: disabled}');
    await taken({ ...many, 'stays.yaml': stays });
    const none = Object.fromEntries(Object.keys(many).map((name) => [name, undefined]));
    const { exitCode, stderr, commit } = await push({ ...none, 'stays.yaml': undefined });
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(
      /this would delete 12 of \d+ objects: configmap default\/c0, .* `reflet confirm` with its id/,
    );
    expect(await names()).toHaveLength(14);
    const confirmed = await confirm(commit);
    expect([confirmed.exitCode, confirmed.stdout]).toEqual([1, expect.stringContaining('is confirmed')]);
    expect((await clone.push()).stderr).toContain('configmap default/stays kept');
    expect(await names()).toEqual(['keep', 'stays']);
    expect((await clone.git('push', 'origin', ':main')).stderr).toContain('refs/heads/main is what is deployed');
    const emptied = await push({
      'keep.yaml': undefined,
      'db.yaml': undefined,
      'default/secret-by-hand.yaml': undefined,
    });
    expect(emptied.stderr).toContain('this would delete all 3 objects');
    expect(await names()).toEqual(['keep', 'stays']);
    await clone.git('checkout', '-q', '--orphan', 'other');
    await clone.git('commit', '-q', '--allow-empty', '-m', 'Other');
    expect((await clone.git('push', '--force', 'origin', 'other:main')).stderr).toContain(
      'its history cannot be rewritten',
    );
    await clone.git('checkout', '-q', '-f', 'main');
  });

  it('while it is suspended, and all that waited comes with the resumption', async () => {
    const suspended = `${HEAD}suspend: {reason: release freeze}\n`;
    await taken({ 'reflet.yaml': suspended });
    const { stderr, commit } = await taken({ 'later.yaml': configMap('later', { a: '1' }) });
    expect(stderr).toContain('which waits: reflet is suspended: release freeze');
    expect(await names()).toEqual(['keep', 'stays']);
    expect((await host.reflet('status')).stdout).toContain(`suspended   release freeze; ${commit} waits`);
    const log = (await host.reflet('log')).stdout.split('\n').filter((line) => !line.includes('(not on the branch)'));
    expect(log.slice(1, 3)).toEqual([expect.stringContaining('pending'), expect.stringMatching(/^\* .*healthy/)]);
    const patched = await host.kubectl('patch', 'configmap', 'keep', '-p', '{"data":{"a":"2"}}');
    expect(patched.stderr).toContain('Warning: not committed: git is suspended: release freeze');
    // By a time in the past it would not be suspended; by one that comes, it resumes by itself.
    const until = new Date(Date.now() + 2_000).toISOString().replace(/\.\d+/, '');
    await taken({ 'reflet.yaml': `${HEAD}suspend: {reason: almost over, until: "${until}"}\n` });
    await waitFor('the resumption', async () => (await names()).includes('later'));
    await waitFor('git’s value', async () => {
      return (await host.must('get', 'configmap', 'keep', '-o', 'jsonpath={.data.a}')) === '1';
    });
    const object = configMap('later', { a: '2' }).replace(
      'metadata:',
      'metadata:\n  annotations: {reflet.dev/suspend: by hand}',
    );
    await taken({ 'reflet.yaml': HEAD, 'later.yaml': object });
    await taken({ 'later.yaml': object.replace('"2"', '"3"'), 'keep.yaml': configMap('keep', { a: '4' }) });
    expect(await host.must('get', 'configmap', 'later', 'keep', '-o', 'jsonpath={.items[*].data.a}')).toBe('2 4');
  });

  describe('when nobody who may has signed it', () => {
    let ada: SshKeyFile;
    let eve: SshKeyFile;
    let gpg: GpgHome;
    let bob: string;
    beforeAll(async () => {
      ada = await makeSshKey(join(host.dataDir, 'people'), 'ada');
      eve = await makeSshKey(join(host.dataDir, 'people'), 'eve');
      gpg = await makeGpgHome(join(host.dataDir, 'gpg'));
      bob = await gpg.make('bob');
      const armored = (await gpg.export(bob)).replace(/^/gm, '      ').trimEnd();
      const signers = `    - {principal: ada@example.org, sshKey: ${ada.publicKey}}\n`;
      const trust = `trust:\n  signatures: required\n  allowedSigners:\n${signers}  gpgKeys:\n    - |\n${armored}\n`;
      await taken({ 'reflet.yaml': HEAD + trust });
    });
    afterAll(() => gpg?.close());
    const withGpg = () => ['-c', `user.signingKey=${bob}`, '-c', `gpg.program=${join(host.dataDir, 'gpg-as-bob')}`];

    it('and is taken when an allowed signer did, with SSH or GPG', async () => {
      const unsigned = await push({ 'keep.yaml': configMap('keep', { a: '5' }) });
      expect(unsigned.stderr).toContain('it is not signed; expected: a signature by an allowed signer');
      const forged = await push({ 'keep.yaml': configMap('keep', { a: '5' }) }, 'Mine', signWith(eve));
      expect(forged.stderr).toContain(`it is signed with ${eve.fingerprint}, a key of nobody in trust in reflet.yaml`);
      await taken({ 'keep.yaml': configMap('keep', { a: '5' }) }, 'By Ada', signWith(ada));
      expect((await host.reflet('why', 'configmap/keep')).stdout).toContain('signed by ada@example.org (ssh)');
      await writeFile(join(host.dataDir, 'gpg-as-bob'), `#!/bin/sh\nexec gpg --homedir ${gpg.home} "$@"\n`, {
        mode: 0o755,
      });
      await taken({ 'keep.yaml': configMap('keep', { a: '6' }) }, 'By Bob', withGpg());
      expect((await host.reflet('why', 'configmap/keep')).stdout).toContain('signed by bob <bob@example.org> (gpg)');
      // The daemon signs what people write through the API.
      await host.must('patch', 'configmap', 'keep', '-p', '{"data":{"a":"7"}}');
      expect((await host.reflet('status')).exitCode).toBe(0);
    });

    it('until one of them confirms it: no right replaces the signature', async () => {
      const { commit } = await push({ 'keep.yaml': configMap('keep', { a: '8' }) });
      expect((await confirm(commit)).stdout).toContain('takes an allowed signer’s signature');
      const wrong = await confirm('--ssh-key', eve.file, commit);
      expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining('a key of nobody')]);
      expect((await clone.push()).exitCode).not.toBe(0);
      await confirm('--ssh-key', ada.file, commit);
      expect((await clone.push()).exitCode).toBe(0);
      const next = await push({ 'keep.yaml': configMap('keep', { a: '9' }) });
      const { stdout: statement } = await confirm('--statement', next.commit);
      const signature = join(host.dataDir, 'confirmation.asc');
      const args = ['--homedir', gpg.home, '--batch', '--armor', '--detach-sign', '-u', bob, '-o', signature];
      expect((await run('gpg', args, { input: statement })).exitCode).toBe(0);
      await confirm('--signature', signature, next.commit);
      expect((await clone.push()).exitCode).toBe(0);
      expect(await host.must('get', 'configmap', 'keep', '-o', 'jsonpath={.data.a}')).toBe('9');
      expect(await readdir(host.dataDir)).toContain('confirmations');
    });
  });
});
