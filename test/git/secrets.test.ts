/** Secrets between git and the API: encrypted in every object of the repository, plain only where the API serves them. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { patchObject } from '../../daemon/api/rest/patch.ts';
import { systemClock } from '../../daemon/base/clock.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import { SECRETS } from '../../daemon/kinds/resources.ts';
import { LAST_APPLIED_ANNOTATION } from '../../daemon/merge/last-applied.ts';
import { createKeyring, generateIdentity, type Keyring } from '../../daemon/sops/keyring.ts';
import { openDocuments } from '../../daemon/sops/open.ts';
import { sealDocument } from '../../daemon/sops/seal.ts';
import { readManifests } from '../../daemon/yaml/read.ts';
import { restContext, targetOf } from './support/rest.ts';
import { type Clone, configMap, createWorld, stored, type World } from './support/world.ts';
import { ALICE, CONTROLLER, change, create, remove } from './support/writes.ts';

const CANARY = 'canary-7f3a';
const CANARY_DATA = Buffer.from(CANARY).toString('base64');

let keyring: Keyring;
let options: { keyring: Keyring };
let world: World;
let clone: Clone;
beforeEach(async () => {
  keyring = await createKeyring([await generateIdentity()]);
  options = { keyring };
  world = await createWorld(options);
  clone = await world.clone('a');
});
afterEach(() => world.close());

const DB = '/registry/core/secrets/default/db';
const SECRET = `# The database.
apiVersion: v1
kind: Secret
metadata:
  name: db
stringData:
  password: ${CANARY} # ${CANARY}
  user: shop
`;

const seal = async (text: string, recipients = keyring.recipients): Promise<string> => {
  const result = await sealDocument(text, 0, undefined, { recipients, now: systemClock.now() });
  if ('refusal' in result) throw new Error(result.refusal);
  return result.text;
};
const git = async (...args: string[]) => (await clone.git('-C', world.git.repository.gitDir, ...args)).stdout;
const show = async (path: string) => {
  await world.git.engine.settled();
  return git('show', `main:${path}`);
};
const plainOf = async (text: string) => {
  const { opened, problems } = await openDocuments(readManifests(text), keyring);
  expect(problems).toEqual([]);
  return opened[0]!.value;
};
/** Every object of the repository, as text. */
const everything = async () => {
  await world.git.engine.settled();
  return git('cat-file', '--batch-all-objects', '--batch', '--unordered');
};
const dataOf = (name = 'db') => stored(world.store, 'secrets', name)?.['data'] as Record<string, string> | undefined;

describe('an encrypted manifest that is pushed', () => {
  it('is served in plain, and nothing else of the push shows a value', async () => {
    await clone.commit({ 'db.yaml': await seal(SECRET) });
    const push = await clone.push();
    expect(push.exitCode).toBe(0);
    expect(push.stderr).toContain('secret default/db created');
    expect(push.stderr).not.toContain('warning');
    expect(dataOf()).toEqual({ password: CANARY_DATA, user: Buffer.from('shop').toString('base64') });
    expect(push.stderr + (await everything())).not.toMatch(new RegExp(`${CANARY}|${CANARY_DATA}`));
  });

  it('encrypted anew with the same values changes no object; with another value it does', async () => {
    await clone.commit({ 'db.yaml': await seal(SECRET) });
    await clone.push();
    const { modRevision } = world.store.get(DB)!;
    await clone.commit({ 'db.yaml': await seal(SECRET) });
    expect((await clone.push()).stderr).toContain('no object changes');
    expect(world.store.get(DB)!.modRevision).toBe(modRevision);
    await clone.commit({ 'db.yaml': await seal(SECRET.replace('user: shop', 'user: other')) });
    expect((await clone.push()).stderr).toContain('secret default/db configured');
  });

  it('that is for others, or was tampered with, is refused with its place; the last one stays in force', async () => {
    await clone.commit({ 'db.yaml': await seal(SECRET) });
    await clone.push();
    const stranger = await createKeyring([await generateIdentity()]);
    await clone.commit({ 'db.yaml': await seal(SECRET, stranger.recipients) });
    const foreign = await clone.push();
    expect(foreign.exitCode).not.toBe(0);
    expect(foreign.stderr).toMatch(/db\.yaml:\d+:\d+: .*no key at hand opens it: it is encrypted for age1/);
    expect(foreign.stderr).toContain(keyring.recipients[0]);
    await clone.commit({ 'db.yaml': (await seal(SECRET)).replace('name: db', 'name: mine') });
    const moved = await clone.push();
    expect(moved.stderr).toMatch(/db\.yaml:\d+:\d+: .*the MAC does not fit/);
    expect(foreign.stderr + moved.stderr).not.toContain(CANARY);
    expect(dataOf()).toHaveProperty('password', CANARY_DATA);
    expect(stored(world.store, 'secrets', 'mine')).toBeUndefined();
  });

  it('of any kind: an error about an encrypted field names the place and hides the value', async () => {
    const pod = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  "bad ${CANARY}": x\n  k: ${CANARY}\n`;
    await clone.commit({ 'c.yaml': await seal(configMap('c', { k: CANARY })) });
    expect((await clone.push()).exitCode).toBe(0);
    expect(stored(world.store, 'configmaps', 'c')).toHaveProperty('data', { k: CANARY });
    const text = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      restartPolicy: {data: ${CANARY}}\n      containers: [{name: c, image: x}]\n`;
    expect(pod).toContain(CANARY);
    await clone.commit({ 'd.yaml': await seal(text) });
    const push = await clone.push();
    expect(push.exitCode).not.toBe(0);
    expect(push.stderr).toContain('d.yaml:');
    expect(push.stderr).not.toContain(CANARY);
  });

  it('comes into force again after a restart; while its key is missing it stays in force, and only changes of it are refused', async () => {
    await clone.commit({ 'db.yaml': await seal(SECRET) });
    await clone.push();
    await world.restart();
    expect(world.git.status().objects).toBe(1);
    expect(world.git.engine.state.objects.get(DB)?.document.sealed?.places).toHaveLength(2);
    expect(dataOf()).toHaveProperty('password', CANARY_DATA);
    options.keyring = await createKeyring([await generateIdentity()]);
    await world.restart();
    expect(dataOf()).toHaveProperty('password', CANARY_DATA);
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'db.yaml': await seal(SECRET) });
    expect((await clone.push()).stderr).toMatch(/db\.yaml:\d+:\d+: .*no key at hand/);
    expect(dataOf()).toHaveProperty('password', CANARY_DATA);
    options.keyring = keyring;
    await world.restart();
    expect(world.git.engine.state.objects.has(DB)).toBe(true);
    const push = await clone.push();
    expect(push.stderr).toContain('no object changes');
  });
});

describe('a Secret in plain text that is pushed', () => {
  it('is told of with its place and what to do, once', async () => {
    await clone.commit({ 'a/db.yaml': SECRET });
    const push = await clone.push();
    expect(push.exitCode).toBe(0);
    expect(push.stderr).toMatch(
      /reflet: warning: a\/db\.yaml:2:1: secret default\/db: its values are in plain text in git; expected: .*reflet seal a\/db\.yaml/,
    );
    expect(push.stderr).not.toContain(CANARY);
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    expect((await clone.push()).stderr).not.toContain('plain text');
  });

  it('as an annotation of kubectl counts too; one without values does not', async () => {
    const told = SECRET.slice(0, SECRET.indexOf('stringData')).replace(
      'name: db',
      `name: db\n  annotations:\n    ${LAST_APPLIED_ANNOTATION}: '{"stringData":{"p":"${CANARY}"}}'`,
    );
    await clone.commit({ 'db.yaml': told });
    expect((await clone.push()).stderr).toContain('plain text');
    await clone.commit({ 'db.yaml': SECRET.slice(0, SECRET.indexOf('stringData')) });
    expect((await clone.push()).stderr).not.toContain('plain text');
  });

  const policy = (more = '') =>
    `apiVersion: reflet.dev/v1\nkind: Configuration\nsecrets:\n  plainText: refuse\n${more}`;

  it('is refused where reflet.yaml says so, in that very commit too; what is in force stays, and is encrypted when it is edited', async () => {
    await clone.commit({ 'db.yaml': SECRET, 'reflet.yaml': policy() });
    const push = await clone.push();
    expect(push.exitCode).not.toBe(0);
    expect(push.stderr).toMatch(/db\.yaml:2:1: secret default\/db: its values are in plain text/);
    expect(dataOf()).toBeUndefined();
    await clone.commit({ 'reflet.yaml': undefined });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'reflet.yaml': policy() });
    expect((await clone.push()).exitCode).toBe(0);
    await change(world, DB, (object) => {
      object.metadata!.labels = { app: 'db' };
    });
    expect(await show('db.yaml')).not.toContain(CANARY);
    expect(await plainOf(await show('db.yaml'))).toMatchObject({ metadata: { labels: { app: 'db' } } });
  });

  const mistyped = (recipient: string) => recipient.slice(0, -1) + (recipient.endsWith('q') ? 'p' : 'q');

  it('recipients of reflet.yaml can open what the daemon writes; one that is none is refused', async () => {
    const friend = await createKeyring([await generateIdentity()]);
    await clone.commit({ 'reflet.yaml': policy(`  recipients: [${friend.recipients[0]}]\n`) });
    expect((await clone.push()).exitCode).toBe(0);
    await create(world, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db' },
      data: { p: CANARY_DATA },
    } as never);
    const { opened } = await openDocuments(readManifests(await show('default/secret-db.yaml')), friend);
    expect(opened[0]!.value).toHaveProperty('data', { p: CANARY_DATA });
    await world.git.engine.settled();
    await clone.git('pull', '-q', '--rebase', 'origin', 'main');
    await clone.commit({ 'reflet.yaml': policy(`  recipients: [${mistyped(friend.recipients[0]!)}]\n`) });
    expect((await clone.push()).stderr).toMatch(/reflet\.yaml:.*secrets\.recipients\[0\]/);
  });
});

describe('a person writing a Secret through the API', () => {
  const secret = (more: object = {}): KubeObject =>
    ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db' },
      data: { password: CANARY_DATA },
      ...more,
    }) as KubeObject;

  it('creates an encrypted file; a pushed revert and a clone elsewhere open it', async () => {
    await create(world, secret());
    const text = await show('default/secret-db.yaml');
    expect(await plainOf(text)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'default' },
      data: { password: CANARY_DATA },
    });
    expect(text).toMatch(/^apiVersion: v1\nkind: Secret\nmetadata:\n {2}name: db\n/);
    expect(await everything()).not.toMatch(new RegExp(`${CANARY}|${CANARY_DATA}`));
    expect(world.git.engine.state.objects.has(DB)).toBe(true);
  });

  it('with kubectl apply: no copy of the manifest comes into the file', async () => {
    const sent = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'default', annotations: {} },
      stringData: { p: CANARY },
    };
    const annotations = { [LAST_APPLIED_ANNOTATION]: JSON.stringify(sent) };
    await create(world, { ...sent, metadata: { ...sent.metadata, annotations } } as never);
    const text = await show('default/secret-db.yaml');
    expect(text).not.toContain('last-applied');
    expect(await everything()).not.toMatch(new RegExp(`${CANARY}|${Buffer.from(CANARY).toString('base64')}`));
    expect(dataOf()).toEqual({ p: CANARY_DATA });
  });

  it('changes only the lines of what changed; deletes the file', async () => {
    const sealed = await seal(SECRET);
    await clone.commit({ 'db.yaml': sealed });
    await clone.push();
    await change(world, DB, (object) => {
      (object['data'] as Record<string, string>)['user'] = Buffer.from('other').toString('base64');
    });
    const text = await show('db.yaml');
    expect(await plainOf(text)).toMatchObject({ stringData: { password: CANARY, user: 'other' } });
    const gone = sealed.split('\n').filter((line) => !text.includes(line));
    // The time of the change has seconds only: it stays when both writes fall into one.
    const names = gone.map((line) => line.trim().split(':')[0]).filter((name) => name !== 'lastmodified');
    expect(names).toEqual(['user', 'mac']);
    await change(world, DB, (object) => {
      (object['data'] as Record<string, string>)['more'] = CANARY_DATA;
      object.metadata!.labels = { app: 'db' };
    });
    expect(await plainOf(await show('db.yaml'))).toMatchObject({
      data: { more: CANARY_DATA },
      metadata: { labels: { app: 'db' } },
    });
    expect(await everything()).not.toMatch(new RegExp(`${CANARY}|${CANARY_DATA}`));
    await remove(world, DB);
    await world.git.engine.settled();
    expect(await git('ls-tree', '-r', '--name-only', 'main')).not.toContain('db.yaml');
  });

  it('to a file that has it in plain text: new values encrypt the document and warn; a label alone does not', async () => {
    await clone.commit({ 'db.yaml': `${configMap('one', { a: '1' })}---\n${SECRET}` });
    await clone.push();
    await change(world, DB, (object) => {
      object.metadata!.labels = { app: 'db' };
    });
    expect(await show('db.yaml')).toContain(`password: ${CANARY}`);
    const warnings: string[] = [];
    await change(
      world,
      DB,
      (object) => {
        (object['data'] as Record<string, string>)['user'] = Buffer.from('new-value').toString('base64');
      },
      { warn: (text) => warnings.push(text) },
    );
    const text = await show('db.yaml');
    expect(text).not.toMatch(new RegExp(`${CANARY}|new-value`));
    expect(text.startsWith(configMap('one', { a: '1' }))).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('db.yaml had this Secret in plain text')]);
    expect(dataOf()).toEqual({ password: CANARY_DATA, user: Buffer.from('new-value').toString('base64') });
  });

  it('with server-side apply: fields come into the file and go from it again, owned by both', async () => {
    const context = restContext(world);
    const target = targetOf(SECRETS, 'db');
    const apply = (data: Record<string, string>) =>
      patchObject(
        context,
        target,
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, data },
        { type: 'apply', fieldManager: 'alice' },
      );
    await apply({ p: CANARY_DATA, q: CANARY_DATA });
    expect(await plainOf(await show('default/secret-db.yaml'))).toHaveProperty('data', {
      p: CANARY_DATA,
      q: CANARY_DATA,
    });
    await apply({ p: CANARY_DATA });
    const text = await show('default/secret-db.yaml');
    expect(await plainOf(text)).toHaveProperty('data', { p: CANARY_DATA });
    expect(dataOf()).toEqual({ p: CANARY_DATA });
    const managers = world.store.get(DB)!.value.metadata!.managedFields!;
    expect(managers.map(({ manager, operation }) => `${manager} ${operation}`).sort()).toEqual([
      'alice Apply',
      'reflet-git Apply',
    ]);
    expect(JSON.stringify(managers) + (await everything())).not.toMatch(new RegExp(`${CANARY}|${CANARY_DATA}`));
  });

  it('keeps programs’ own Secrets out of git, without a word', async () => {
    const warnings: string[] = [];
    const warn = (text: string) => warnings.push(text);
    await create(world, secret({ type: 'helm.sh/release.v1', metadata: { name: 'sh.helm.release.v1.web.v1' } }), {
      warn,
    });
    const annotations = { 'kubernetes.io/service-account.name': 'default' };
    await create(
      world,
      secret({ type: 'kubernetes.io/service-account-token', data: undefined, metadata: { name: 't', annotations } }),
      { warn },
    );
    await create(world, secret({ metadata: { name: 'c' } }), { user: CONTROLLER });
    expect(world.git.status().commit).toBeUndefined();
    expect(warnings).toEqual([]);
    expect(dataOf('sh.helm.release.v1.web.v1')).toBeDefined();
    expect(ALICE.username).toBe('alice');
  });

  it('a revert in git takes the change back', async () => {
    await clone.commit({ 'db.yaml': await seal(SECRET) });
    await clone.push();
    await change(world, DB, (object) => {
      (object['data'] as Record<string, string>)['user'] = Buffer.from('other').toString('base64');
    });
    await world.git.engine.settled();
    await clone.git('pull', '-q', 'origin', 'main');
    await clone.git('revert', '--no-edit', 'HEAD');
    expect((await clone.push()).exitCode).toBe(0);
    expect(dataOf()).toHaveProperty('user', Buffer.from('shop').toString('base64'));
  });
});
