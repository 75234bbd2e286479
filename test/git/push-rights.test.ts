/**
 * Who may not do something through the API may not do it by a push, and hears the same words: the real server, real RBAC, users by impersonation.
 * Bob may edit namespace `team-a`; `carol` may as member of the group `editors`.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RunResult, run } from '../../daemon/base/process.ts';
import { type ControlPlaneProcess, startControlPlaneProcess } from '../bench/support/control-plane-process.ts';
import { type Clone, configMap, createClone } from './support/world.ts';

let directory: string;
let controlPlane: ControlPlaneProcess;
let clone: Clone;
const keys: string[] = [];

interface User {
  name: string;
  groups: readonly string[];
}
const BOB: User = { name: 'bob', groups: ['system:authenticated'] };
const CAROL: User = { name: 'carol', groups: ['editors', 'system:authenticated'] };
const DAVE: User = { name: 'dave', groups: ['system:authenticated'] };

const binding = (namespace: string, kind: string, name: string, role: string, subject: string) =>
  `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ${name}, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role}}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: ${subject}}]
`;
const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;
const CLUSTER_BINDING = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: grab}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}]
`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-rights-'));
  controlPlane = await startControlPlaneProcess(directory);
  const { certificate, key, certificateAuthority } = controlPlane.credentials;
  for (const [name, text] of Object.entries({ cert: certificate, key, ca: certificateAuthority })) {
    keys.push(join(directory, `client.${name}`));
    await writeFile(keys.at(-1)!, text, { mode: 0o600 });
  }
  const admin = await createClone(join(directory, 'admin'), join(directory, 'desired.git'));
  await admin.commit({
    'a.yaml': `${namespace('team-a')}---\n${binding('team-a', 'User', 'bob', 'admin', 'bob')}---\n${binding('team-a', 'Group', 'editors', 'edit', 'editors')}`,
    'b.yaml': namespace('team-b'),
    'theirs.yaml': configMap('theirs', { a: '1' }, 'team-b'),
    'mine.yaml': configMap('mine', { a: '1' }, 'team-a'),
  });
  expect((await admin.push()).stderr).toContain('admitted');
});
afterAll(async () => {
  await controlPlane?.stop();
  await rm(directory, { recursive: true, force: true });
});
let clones = 0;
beforeEach(async () => {
  clone = await createClone(join(directory, `clone-${clones++}`), join(directory, 'desired.git'));
});

/** A push over HTTPS in this user's name. */
function pushAs(user: User, refspec = 'main'): Promise<RunResult> {
  const headers = [`Impersonate-User: ${user.name}`, ...user.groups.map((group) => `Impersonate-Group: ${group}`)];
  const settings = [
    `http.sslCert=${keys[0]}`,
    `http.sslKey=${keys[1]}`,
    `http.sslCAInfo=${keys[2]}`,
    ...headers.map((header) => `http.extraHeader=${header}`),
  ];
  const url = `https://127.0.0.1:${controlPlane.port}/git/desired.git`;
  return clone.git(...settings.flatMap((setting) => ['-c', setting]), 'push', url, refspec);
}

/** The message of the API's refusal in this user's name. */
function messageOf(user: User, method: string, path: string, body?: string): Promise<string> {
  const { certificate, key, certificateAuthority } = controlPlane.credentials;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: controlPlane.port,
        path,
        method,
        cert: certificate,
        key,
        ca: certificateAuthority,
        headers: {
          'content-type': 'application/yaml',
          'impersonate-user': user.name,
          'impersonate-group': [...user.groups],
        },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString('utf8');
        });
        response.on('end', () => {
          const { code, message } = JSON.parse(text) as { code?: number; message?: string };
          if (code === 403 && message) resolve(message);
          else reject(new Error(`expected a 403: ${text.slice(0, 500)}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function refused(user: User, message: string): Promise<void> {
  const { exitCode, stderr } = await pushAs(user);
  for (const line of message.split('\n')) expect(stderr).toContain(line);
  expect(exitCode).not.toBe(0);
}

const MAPS_OF_B = '/api/v1/namespaces/team-b/configmaps';
const BINDINGS = '/apis/rbac.authorization.k8s.io/v1';

test('creating in another’s namespace', async () => {
  const text = configMap('new', { a: '1' }, 'team-b');
  await clone.commit({ 'new.yaml': text, 'also-mine.yaml': configMap('also', { a: '1' }, 'team-a') });
  await refused(BOB, await messageOf(BOB, 'POST', MAPS_OF_B, text));
});

test('changing and removing what is another’s', async () => {
  const text = configMap('theirs', { a: '2' }, 'team-b');
  await clone.commit({ 'theirs.yaml': text });
  await refused(BOB, await messageOf(BOB, 'PUT', `${MAPS_OF_B}/theirs`, text));
  await clone.commit({ 'theirs.yaml': undefined });
  await refused(BOB, await messageOf(BOB, 'DELETE', `${MAPS_OF_B}/theirs`));
});

test('taking over an object that is not in git yet is changing it', async () => {
  const text = configMap('kube-root-ca.crt', { a: '1' }, 'team-b');
  await clone.commit({ 'take.yaml': text });
  await refused(BOB, await messageOf(BOB, 'PUT', `${MAPS_OF_B}/kube-root-ca.crt`, text));
});

test('moving another’s object to another file changes nothing, and a changed copy of it is refused', async () => {
  await clone.git('mv', 'theirs.yaml', 'moved.yaml');
  await clone.git('commit', '-qm', 'move');
  expect((await pushAs(BOB)).stderr).toContain('no object changes');
  await clone.commit({ 'copy.yaml': configMap('theirs', { a: '2' }, 'team-b') });
  expect((await pushAs(BOB)).exitCode).not.toBe(0);
  await clone.git('reset', '-q', '--hard', 'HEAD~1');
  await clone.git('mv', 'moved.yaml', 'theirs.yaml');
  await clone.git('commit', '-qm', 'move back');
  expect((await pushAs(BOB)).exitCode).toBe(0);
});

test('cluster-wide objects', async () => {
  await clone.commit({ 'grab.yaml': CLUSTER_BINDING });
  await refused(BOB, await messageOf(BOB, 'POST', `${BINDINGS}/clusterrolebindings`, CLUSTER_BINDING));
  await clone.commit({ 'grab.yaml': namespace('mine-too') });
  await refused(BOB, await messageOf(BOB, 'POST', '/api/v1/namespaces', namespace('mine-too')));
});

test('granting more than one has, in one’s own namespace', async () => {
  const text = binding('team-a', 'User', 'more', 'cluster-admin', 'bob');
  await clone.commit({ 'more.yaml': text });
  await refused(BOB, await messageOf(BOB, 'POST', `${BINDINGS}/namespaces/team-a/rolebindings`, text));
});

test('rights by group, and none without it', async () => {
  const text = configMap('grouped', { a: '1' }, 'team-a');
  await clone.commit({ 'grouped.yaml': text });
  await refused(DAVE, await messageOf(DAVE, 'POST', '/api/v1/namespaces/team-a/configmaps', text));
  await refused({ ...CAROL, groups: ['system:authenticated'] }, 'User "carol" cannot create resource "configmaps"');
  const { exitCode, stderr } = await pushAs(CAROL);
  expect(stderr).toContain('configmap team-a/grouped created');
  expect(exitCode).toBe(0);
});

test('a role and its binding in one push: what one holds can be granted, more cannot', async () => {
  const role = (verbs: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: readers, namespace: team-a}
rules: [{apiGroups: [''], resources: [pods], verbs: [${verbs}]}]
`;
  const bound = binding('team-a', 'User', 'readers', 'readers', 'eve').replace('kind: ClusterRole, ', 'kind: Role, ');
  await clone.commit({ 'readers.yaml': `${bound}---\n${role("get, '*'")}` });
  await refused(BOB, 'is attempting to grant RBAC permissions not currently held');
  await clone.commit({ 'readers.yaml': `${bound}---\n${role('get')}` });
  const { exitCode, stderr } = await pushAs(BOB);
  expect(stderr).toContain('role team-a/readers created');
  expect(exitCode).toBe(0);
});

test('other refs than the tracked branch', async () => {
  for (const [ref, verb] of [
    ['main:refs/heads/side', 'create'],
    ['main:refs/tags/v1', 'update'],
    ['main:refs/notes/x', 'update'],
  ] as const) {
    const { exitCode, stderr } = await pushAs(BOB, ref);
    expect(stderr).toContain(`forbidden: User "bob" cannot ${verb} path "/git/desired.git"`);
    expect(exitCode).not.toBe(0);
  }
  const refs = await run('git', ['for-each-ref', '--format=%(refname)'], { cwd: join(directory, 'desired.git') });
  expect(refs.stdout).not.toMatch(/side|v1|notes\/x/);
});

test('a contributor opens and moves branches, and no more', async () => {
  const grant = binding('', 'User', 'contributors', 'reflet:contributor', 'frank')
    .replace('RoleBinding', 'ClusterRoleBinding')
    .replace(', namespace: }', '}');
  await clone.commit({ 'contributors.yaml': grant });
  expect((await clone.push()).stderr).toContain('admitted');
  const frank = { name: 'frank', groups: ['system:authenticated'] };
  expect((await pushAs(frank, 'main:refs/heads/proposal')).exitCode).toBe(0);
  await clone.commit({ 'wish.yaml': configMap('wish', { a: '1' }, 'team-b') });
  expect((await pushAs(frank, '+main~1:refs/heads/proposal')).exitCode).toBe(0);
  expect((await pushAs(frank, 'main:refs/heads/proposal')).exitCode).toBe(0);
  for (const refspec of [':refs/heads/proposal', 'main:refs/tags/v2'])
    expect((await pushAs(frank, refspec)).stderr).toContain('User "frank" cannot update path "/git/desired.git"');
  expect((await pushAs(frank)).stderr).toContain('User "frank" cannot create resource "configmaps"');
});
