/** Trust: every commit of a range is signed by somebody who may, on all sides of merges; whatever is wrong refuses the whole of it. */

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../daemon/base/clock.ts';
import { run } from '../../../daemon/base/process.ts';
import { answerConfirm } from '../../../daemon/bin/confirm.ts';
import { signStatement } from '../../../daemon/bin/sign-statement.ts';
import { createObjectReader } from '../../../daemon/git/object-reader.ts';
import { confirmStatement } from '../../../daemon/git/trust/trust.ts';
import { type Clone, configMap, createWorld, stored, type World, type WorldOptions } from '../support/world.ts';
import { create } from '../support/writes.ts';
import { amendSigned, commitSigned, type GpgHome, makeGpgHome, makeSshKey, type SshKeyFile, signWith } from './keys.ts';

let folder: string;
let ada: SshKeyFile;
let eve: SshKeyFile;
let world: World;
let clone: Clone;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reflet-trust-'));
  [ada, eve] = await Promise.all([makeSshKey(folder, 'ada'), makeSshKey(folder, 'eve')]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => world.close());

const configuration = (trust: string): string =>
  `apiVersion: reflet.dev/v1\nkind: Configuration\ntrust:\n  signatures: required\n${trust}`;
const signer = ({ publicKey }: SshKeyFile, more = '') =>
  `  - principal: ada@example.org\n    sshKey: ${publicKey}\n${more}`;

/** A world in which what the configuration says is in force. */
async function open(trust = `  allowedSigners:\n${signer(ada)}`, options: WorldOptions = {}): Promise<void> {
  world = await createWorld(options);
  clone = await world.clone('ada');
  await clone.commit({ 'reflet.yaml': configuration(trust), 'a.yaml': configMap('a', { k: '1' }) });
  const { stderr, exitCode } = await clone.push();
  expect(stderr).toContain('admitted');
  expect(exitCode).toBe(0);
}

const id = async (name = 'HEAD') => (await clone.git('rev-parse', name)).stdout.trim();
const dataOf = (name: string) => (stored(world.store, 'configmaps', name) as { data?: object } | undefined)?.data;
/** Past every hook, as a remote branch moves. */
const moveRef = async (to: string) => {
  await clone.git('push', '-q', '--force', 'origin', `${to}:refs/heads/side`);
  await clone.git(
    '-c',
    'core.hooksPath=/dev/null',
    `--git-dir=${world.git.repository.gitDir}`,
    'update-ref',
    'refs/heads/main',
    to,
  );
  await world.git.engine.catchUp();
};

async function expectRefused(message: string | RegExp): Promise<void> {
  const { exitCode, stderr } = await clone.push();
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(1);
  expect(dataOf('a')).toEqual({ k: '1' });
}

describe('a range of commits', () => {
  beforeEach(() => open());

  it('signed by who may is taken', async () => {
    await commitSigned(clone, ada, { 'a.yaml': configMap('a', { k: '2' }) });
    await commitSigned(clone, ada, { 'b.yaml': configMap('b', { k: '2' }) });
    expect((await clone.push()).exitCode).toBe(0);
    expect(dataOf('a')).toEqual({ k: '2' });
  });

  it('with one unsigned commit below a signed tip is refused, before any of it is parsed', async () => {
    await clone.commit({ 'a.yaml': 'kind: [broken\n' });
    const unsigned = await id();
    await commitSigned(clone, ada, { 'b.yaml': 'kind: [broken too\n' });
    const { stderr } = await clone.push();
    expect(stderr).toContain(
      `remote: reflet: commit ${unsigned.slice(0, 12)}: it is not signed; expected: a signature by an allowed signer (trust in reflet.yaml), or \`reflet confirm ${await id()}\` by an allowed signer`,
    );
    expect(stderr).toContain('refused: 1 problem; nothing was changed');
    expect(stderr).not.toContain('broken');
  });

  it('with an unsigned commit on the other side of a signed merge is refused', async () => {
    await clone.git('checkout', '-q', '-b', 'side');
    await clone.commit({ 'smuggled.yaml': configMap('smuggled', {}) });
    const smuggled = await id();
    await clone.git('checkout', '-q', 'main');
    await commitSigned(clone, ada, { 'b.yaml': configMap('b', {}) });
    const merged = await clone.git(...signWith(ada), 'merge', '-q', '--no-ff', '-S', '-m', 'merge', 'side');
    expect(merged.exitCode).toBe(0);
    await expectRefused(`commit ${smuggled.slice(0, 12)}: it is not signed`);
    expect(dataOf('smuggled')).toBeUndefined();
  });

  it('signed by somebody else is refused, with the key', async () => {
    await commitSigned(clone, eve, { 'a.yaml': configMap('a', { k: '2' }) });
    await expectRefused(`it is signed with ${eve.fingerprint}, a key of nobody in trust in reflet.yaml`);
  });

  it('whose commit was changed after it was signed is refused', async () => {
    await commitSigned(clone, ada, { 'a.yaml': configMap('a', { k: '2' }) });
    const raw = (await clone.git('cat-file', 'commit', 'HEAD')).stdout;
    const forged = await run('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
      cwd: clone.folder,
      input: raw.replace('change', 'forged'),
    });
    await clone.git('reset', '-q', '--hard', forged.stdout.trim());
    await expectRefused(/its signature with SHA256:.* \(ada@example\.org\) does not hold/);
  });

  it('that allows its own signer is refused: what was in force before decides', async () => {
    await commitSigned(clone, eve, { 'reflet.yaml': configuration(`  allowedSigners:\n${signer(eve)}`) });
    await expectRefused('a key of nobody');
    await commitSigned(clone, eve, { 'reflet.yaml': undefined });
    await expectRefused('a key of nobody');
  });

  it('ends with the key: the next signer takes over when one who may says so', async () => {
    await commitSigned(clone, ada, { 'reflet.yaml': configuration(`  allowedSigners:\n${signer(eve)}`) });
    expect((await clone.push()).exitCode).toBe(0);
    await commitSigned(clone, ada, { 'a.yaml': configMap('a', { k: '2' }) });
    await expectRefused(ada.fingerprint);
    await amendSigned(clone, signWith(eve));
    expect((await clone.push()).exitCode).toBe(0);
  });

  it('cannot be verified without ssh-keygen, and is refused', async () => {
    await commitSigned(clone, ada, { 'a.yaml': configMap('a', { k: '2' }) });
    const tip = await id();
    const bare = await mkdtemp(join(folder, 'path-'));
    await writeFile(join(bare, 'git'), '#!/bin/sh\nexec /usr/bin/git "$@"\n');
    await chmod(join(bare, 'git'), 0o755);
    const before = process.env['PATH'];
    await clone.git('push', '-q', 'origin', `${tip}:refs/heads/side`);
    process.env['PATH'] = bare;
    try {
      await moveRef(tip);
    } finally {
      process.env['PATH'] = before;
    }
    expect(world.git.status().refused?.problems[0]?.message).toContain('install openssh-client');
    await world.git.engine.catchUp();
    expect(dataOf('a')).toEqual({ k: '2' });
  });
});

describe('a key', () => {
  it.each([
    [
      'that is revoked',
      () =>
        `  allowedSigners:\n${signer(ada)}  - principal: eve\n    sshKey: ${eve.publicKey}\n  revoked: ["${ada.fingerprint}"]\n`,
      'a key that is revoked',
    ],
    [
      'that is expired',
      () => `  allowedSigners:\n${signer(ada, '    validBefore: 2021-01-01T00:00:00Z\n')}`,
      'a key that is not valid now',
    ],
    [
      'that is not valid yet',
      () => `  allowedSigners:\n${signer(ada, '    validAfter: 2090-01-01T00:00:00Z\n')}`,
      'a key that is not valid now',
    ],
  ])('%s lets nothing pass, whatever time the commit gives itself', async (_what, trust, message) => {
    await open(trust());
    await clone.commit({ 'a.yaml': configMap('a', { k: '2' }) });
    for (const time of ['2020-06-01T00:00:00Z', '2095-01-01T00:00:00Z']) {
      const dated = { GIT_COMMITTER_DATE: time, GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' };
      await run('git', [...signWith(ada), 'commit', '-q', '--amend', '--no-edit', '-S'], {
        cwd: clone.folder,
        env: dated,
      });
      await expectRefused(message);
    }
  });

  it('that is valid now does not sign for a time when it was not', async () => {
    await open(`  allowedSigners:\n${signer(ada, '    validAfter: 2021-01-01T00:00:00Z\n')}`);
    await clone.commit({ 'a.yaml': configMap('a', { k: '2' }) });
    const dated = {
      GIT_COMMITTER_DATE: '2020-06-01T00:00:00Z',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@example.org',
    };
    await run('git', [...signWith(ada), 'commit', '-q', '--amend', '--no-edit', '-S'], {
      cwd: clone.folder,
      env: dated,
    });
    await expectRefused('or the key was not valid when it was made');
    await amendSigned(clone, signWith(ada));
    expect((await clone.push()).exitCode).toBe(0);
  });
});

describe('a GPG key', () => {
  let gpg: GpgHome;
  let program: string;
  beforeAll(async () => {
    gpg = await makeGpgHome(join(folder, 'g'));
    program = join(folder, 'gpg-then');
    const then = '--faked-system-time 20200601T000000 --pinentry-mode loopback --passphrase ""';
    await writeFile(program, `#!/bin/sh\nexec gpg --homedir ${gpg.home} --batch ${then} "$@"\n`, { mode: 0o755 });
  });
  afterAll(() => gpg.close());

  const openFor = async (block: string, more = '') => {
    await open(`  gpgKeys:\n  - |\n${block.replace(/^/gm, '    ')}\n${more}`);
    await clone.commit({ 'a.yaml': configMap('a', { k: '2' }) });
  };
  const sign = (key: string) => amendSigned(clone, ['-c', `gpg.program=${program}`, '-c', `user.signingKey=${key}`]);

  it('that may sign lets pass, one that may not does not', async () => {
    const [good, other] = [await gpg.make('good'), await gpg.make('other')];
    await openFor(await gpg.export(good));
    await sign(other);
    await expectRefused('it is signed with a GPG key of nobody who may sign');
    await sign(good);
    expect((await clone.push()).exitCode).toBe(0);
    expect(dataOf('a')).toEqual({ k: '2' });
  });

  /** Of the clone's tip, by what is in force. */
  const signer = async () => {
    const reader = createObjectReader({ gitDir: join(clone.folder, '.git') }, { clock: systemClock });
    try {
      const { engine } = world.git;
      return await engine.options.trust.signerOf(engine.state.configuration.trust, await id(), reader);
    } finally {
      reader.close();
    }
  };

  it('is told by its user id, and by its own id where it is not known', async () => {
    const [known, other] = [await gpg.make('known'), await gpg.make('unknown')];
    await openFor(await gpg.export(known));
    await sign(other);
    const unknown = await signer();
    expect(unknown).toMatchObject({ with: 'gpg', name: other.slice(-16) });
    expect(unknown.problem).toContain('it is signed with a GPG key of nobody who may sign');
    await sign(known);
    expect(await signer()).toEqual({ with: 'gpg', name: 'known <known@example.org>' });
  });

  it('confirms what nobody signed, as `reflet confirm --gpg-key` does', async () => {
    const fingerprint = await gpg.make('confirms');
    await openFor(await gpg.export(fingerprint));
    await clone.commit({ 'a.yaml': configMap('a', { k: '3' }) });
    await expectRefused('it is not signed');
    vi.stubEnv('GNUPGHOME', gpg.home);
    try {
      const tip = await id();
      await world.git.confirm(tip, await signStatement(confirmStatement(tip), { gpgKey: fingerprint }));
    } finally {
      vi.unstubAllEnvs();
    }
    expect((await clone.push()).exitCode).toBe(0);
    expect(dataOf('a')).toEqual({ k: '3' });
  });

  it('that is expired is refused', async () => {
    const expired = await gpg.make('expired', '2020-12-31');
    await openFor(await gpg.export(expired));
    await sign(expired);
    await expectRefused('it is signed with a GPG key that is expired');
  });

  it('that is revoked is refused, by its own certificate or by the configuration', async () => {
    const revoked = await gpg.make('revoked');
    await openFor(await gpg.exportRevoked(revoked));
    await sign(revoked);
    await expectRefused('it is signed with a GPG key that is revoked');
    await world.close();
    await openFor(await gpg.export(revoked), `  revoked: [${revoked.toLowerCase()}]\n`);
    await sign(revoked);
    await expectRefused(`it is signed with ${revoked}, a key that is revoked`);
  });
});

describe('the daemon’s own commits', () => {
  it('are signed, and verified as any other, after a restart too', async () => {
    await open();
    const from = await id();
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' } });
    const judge = () => {
      const { engine } = world.git;
      const { trust } = engine.options;
      return trust.judgeRange(engine.state.configuration.trust, {
        from,
        to: engine.state.commit!,
        reader: engine.reader,
      });
    };
    await world.git.engine.settled();
    expect(await judge()).toEqual([]);
    await world.restart();
    expect(world.git.engine.state.commit).not.toBe(from);
    expect(await judge()).toEqual([]);
    await clone.git('pull', '-q', '--rebase', 'origin', 'main');
    await commitSigned(clone, ada, { 'a.yaml': configMap('a', { k: '2' }) });
    expect((await clone.push()).exitCode).toBe(0);
    await rm(join(world.folder, 'data', 'keys', 'git-signing.pem'));
    await world.restart();
    expect((await judge())[0]?.message).toContain('a key of nobody');
  });

  it('verify with git itself', async () => {
    await open();
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' } });
    await world.git.engine.settled();
    const signers = join(folder, 'own');
    const publicKey = await run('cat', [join(world.folder, 'data', 'keys', 'git-signing.pub')]);
    await writeFile(signers, `reflet ${publicKey.stdout}`);
    const args = ['-c', `gpg.ssh.allowedSignersFile=${signers}`, `--git-dir=${world.git.repository.gitDir}`];
    const { exitCode, stderr } = await clone.git(...args, 'verify-commit', 'main');
    expect(stderr).toContain('Good "git" signature for reflet');
    expect(exitCode).toBe(0);
  });
});

describe('reflet confirm', () => {
  const sign = async (key: string, commit: string, namespace = 'reflet-confirm') =>
    (await run('ssh-keygen', ['-Y', 'sign', '-q', '-n', namespace, '-f', key], { input: confirmStatement(commit) }))
      .stdout;

  it('lets one commit pass when an allowed signer signed for it, and nobody else', async () => {
    await open();
    await clone.commit({ 'a.yaml': configMap('a', { k: '2' }) });
    const tip = await id();
    await expectRefused('it is not signed');
    // The right to confirm is not enough, however great.
    const problems = [
      expect.stringContaining('takes an allowed signer’s signature (--ssh-key, --gpg-key or --signature)'),
    ];
    expect(await world.git.confirm(tip)).toMatchObject({ inForce: false, problems });
    await expectRefused('it is not signed');
    await expect(world.git.confirm(tip, await sign(eve.file, tip))).rejects.toMatchObject({ code: 403 });
    await expect(world.git.confirm(tip, await sign(ada.file, tip, 'git'))).rejects.toMatchObject({ code: 403 });
    await expect(world.git.confirm(tip, await sign(ada.file, '0'.repeat(40)))).rejects.toMatchObject({ code: 403 });
    await expect(world.git.confirm(tip, 'nonsense')).rejects.toMatchObject({ code: 403 });
    await expectRefused('it is not signed');
    await world.git.confirm(tip, await sign(ada.file, tip));
    expect((await clone.push()).exitCode).toBe(0);
    expect(dataOf('a')).toEqual({ k: '2' });
    await clone.commit({ 'b.yaml': configMap('b', {}) });
    expect((await clone.push()).stderr).toContain('it is not signed');
  });

  it('brings the tip of a branch that moved by itself into force', async () => {
    await open();
    await clone.commit({ 'a.yaml': configMap('a', { k: '2' }) });
    const tip = await id();
    await moveRef(tip);
    expect(world.git.status().refused).toMatchObject({ commit: tip });
    expect(world.events.join('\n')).toContain('CommitRefused');
    // As `reflet confirm --ssh-key` and its endpoint do it.
    const signature = await signStatement(confirmStatement(tip), { sshKey: ada.file });
    const request = Readable.from([JSON.stringify({ commit: tip, signature })]) as IncomingMessage;
    expect(await answerConfirm(request, world.git)).toMatchObject({ inForce: true, problems: [] });
    expect(dataOf('a')).toEqual({ k: '2' });
  });
});

describe('a branch that moves back', () => {
  it('is not followed: nobody signed that', async () => {
    await open();
    const first = await id();
    await commitSigned(clone, ada, { 'a.yaml': configMap('a', { k: '2' }) });
    await clone.push();
    await moveRef(first);
    expect(world.git.status().refused?.problems[0]?.message).toContain('nobody signed that the branch leaves');
    expect(dataOf('a')).toEqual({ k: '2' });
  });
});

describe('a branch that leaves a write of reflet’s own behind', () => {
  it('is followed when what it brings instead is signed, and not when it only goes back', async () => {
    await open();
    const first = await id();
    await create(world, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' } });
    await world.git.engine.settled();
    const made = world.git.engine.state.commit;
    await moveRef(first);
    expect(world.git.status().commit).toBe(made);
    expect(world.git.status().refused?.problems[0]?.message).toContain('nobody signed that the branch goes back');
    await commitSigned(clone, ada, { 'a.yaml': configMap('a', { k: '2' }) });
    await moveRef(await id());
    expect(world.git.status().commit).toBe(await id());
    expect(dataOf('made')).toBeUndefined();
  });
});

describe('--allowed-signers', () => {
  const file = () => join(folder, 'root');
  const openWith = async (text: string) => {
    await writeFile(file(), text);
    world = await createWorld({ allowedSigners: file() });
    clone = await world.clone('ada');
  };

  it('holds from the first commit on, and no commit loosens it', async () => {
    await openWith(`# who may\nada@example.org ${ada.publicKey}\n`);
    await clone.commit({ 'a.yaml': configMap('a', { k: '1' }) });
    const { stderr } = await clone.push();
    expect(stderr).toContain(`it is not signed; expected: a signature by an allowed signer (${file()})`);
    await amendSigned(clone, signWith(ada));
    expect((await clone.push()).exitCode).toBe(0);
    await commitSigned(clone, ada, {
      'reflet.yaml': `apiVersion: reflet.dev/v1\nkind: Configuration\ntrust:\n  signatures: none\n  allowedSigners:\n${signer(eve)}`,
    });
    expect((await clone.push()).stderr).toContain('trust.gpgKeys have no effect here');
    await commitSigned(clone, eve, { 'a.yaml': configMap('a', { k: '2' }) });
    await expectRefused(`a key of nobody in ${file()}`);
    await amendSigned(clone, signWith(ada));
    await rm(file());
    await expectRefused('which says who may sign, cannot be read: ENOENT');
    await writeFile(file(), `ada@example.org ${ada.publicKey}\n`);
    expect((await clone.push()).exitCode).toBe(0);
  });

  it('is refused at the start when nobody could sign', async () => {
    await openWith(`ada ${ada.publicKey}\n`);
    await world.git.stop();
    await writeFile(file(), '# nobody\n');
    await expect(createWorld({ allowedSigners: file() })).rejects.toThrow('nobody in it is allowed to sign');
    await writeFile(file(), 'ada cert-authority ssh-ed25519 AAAA\n');
    await expect(createWorld({ allowedSigners: file() })).rejects.toThrow(/root:1: certificates are not supported/);
  });
});
