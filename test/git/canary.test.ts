/**
 * Fault 26: a value planted in Secrets, in every way a Secret comes in, is then looked for in everything that leaves the control plane: answers, warnings
 * and errors of the API, tables, metadata, events, metrics, logs of every level, push output, git's objects, commands, files on disk.
 *
 * Exempt, because it is the Secret: its object in the API, for those who may read it.
 */

import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../daemon/base/clock.ts';
import type { OutputLogger } from '../../daemon/base/log.ts';
import { run } from '../../daemon/base/process.ts';
import { type ControlPlane, startControlPlane } from '../../daemon/bin/control-plane.ts';
import { LAST_APPLIED_ANNOTATION } from '../../daemon/merge/last-applied.ts';
import { readKeyFile } from '../../daemon/sops/key-file.ts';
import { sealDocument } from '../../daemon/sops/seal.ts';
import { type Answer, ask } from '../client/api-server.ts';
import { type Clone, createClone } from './support/world.ts';

const CANARY = 'canary-9d41f7c2';
const FORMS = [
  CANARY,
  Buffer.from(CANARY).toString('base64'),
  Buffer.from(`${CANARY}\n`).toString('base64').slice(0, 20),
];
const found = (text: string): string | undefined => {
  const form = FORMS.find((one) => text.includes(one));
  if (form === undefined) return undefined;
  const at = text.indexOf(form);
  return text.slice(Math.max(0, at - 200), at + 60);
};

let folder: string;
let controlPlane: ControlPlane;
let clone: Clone;
let recipients: readonly string[];
const logged: string[] = [];
/** Everything that was printed or answered, by what it was. */
const left = new Map<string, string>();

const recorder: OutputLogger = {
  debug: (fields, message) => void logged.push(JSON.stringify([fields, message], errorsToo)),
  info: (fields, message) => void logged.push(JSON.stringify([fields, message], errorsToo)),
  warn: (fields, message) => void logged.push(JSON.stringify([fields, message], errorsToo)),
  error: (fields, message) => void logged.push(JSON.stringify([fields, message], errorsToo)),
  child: () => recorder,
  flush: (written) => written(),
};
const errorsToo = (_key: string, value: unknown): unknown =>
  value instanceof Error ? { message: value.message, stack: value.stack } : value;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reflet-canary-'));
  controlPlane = await startControlPlane({
    dataDir: folder,
    port: 0,
    branch: 'main',
    path: '',
    nodeName: 'host',
    podCidr: '10.244.0.0/16',
    serviceCidr: '10.96.0.0/16',
    demonstration: false,
    allowedRemotes: [],
    log: recorder,
    nodes: () => undefined,
    progress: (text) => void logged.push(text),
  });
  const git = await controlPlane.follow();
  clone = await createClone(join(folder, '..', `${folder.split('/').at(-1)}-clone`), git.repository.gitDir);
  recipients = (await readKeyFile(join(folder, 'keys', 'age.txt')))!.recipients;
});
afterAll(async () => {
  await controlPlane?.stop();
  await rm(folder, { recursive: true, force: true });
  await rm(`${folder}-clone`, { recursive: true, force: true });
});

const asAdmin = async (
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const { certificate, key } = await credentials();
  return ask({
    method,
    path,
    port: controlPlane.port,
    ca: controlPlane.pki.caCertificate,
    cert: certificate,
    key,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
};
let pair: Promise<{ certificate: string; key: string }> | undefined;
const credentials = () => (pair ??= controlPlane.pki.issueClient('ada', ['system:masters']));

const seal = async (text: string): Promise<string> => {
  const result = await sealDocument(text, 0, undefined, { recipients, now: systemClock.now() });
  if ('refusal' in result) throw new Error(result.refusal);
  return result.text;
};
const push = async (what: string, files: Record<string, string | undefined>): Promise<void> => {
  await clone.git('pull', '-q', '--rebase', 'origin', 'main');
  await clone.commit(files, what);
  const { stderr, stdout, exitCode } = await clone.push();
  left.set(`push: ${what}`, stderr + stdout);
  if (exitCode !== 0) await clone.git('reset', '-q', '--hard', 'HEAD~');
};
const secret = (name: string, more: object = {}): Record<string, unknown> & { metadata: object } => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: { p: CANARY },
  ...more,
});
const yaml = (name: string, lines = `stringData:\n  p: ${CANARY} # ${CANARY}\n`): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n${lines}`;
const SECRETS = '/api/v1/namespaces/default/secrets';
const PATCH = { 'Content-Type': 'application/merge-patch+json' };

/** Asks, expects the code, and keeps everything of the answer that is not the Secret itself. */
async function write(what: string, code: number, ...request: Parameters<typeof asAdmin>): Promise<void> {
  const answer = await asAdmin(...request);
  expect(answer.code, `${what}: ${answer.text.slice(0, 300)}`).toBe(code);
  left.set(`${what}: headers`, JSON.stringify(answer.headers));
  if (code >= 400) left.set(`${what}: error`, answer.text);
}

describe('a value of Secrets', () => {
  beforeAll(async () => {
    await push('sealed', { 'a.yaml': await seal(yaml('a')), 'pod.yaml': POD });
    await push('sealed, of a type that its values do not fit', {
      'b.yaml': await seal(
        yaml('b', `type: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: "${CANARY}"\n`),
      ),
    });
    await push('tampered with', { 'c.yaml': (await seal(yaml('c'))).replace('name: c', 'name: other') });
    await push('sealed, with a bad key and not base64', {
      'd.yaml': await seal(yaml('d', `data:\n  "bad key": "${CANARY}!"\n`)),
    });
    await push('sealed, another kind', {
      'e.yaml': await seal(
        `apiVersion: v1\nkind: Service\nmetadata: {name: e}\nspec:\n  ports:\n  - port: 80\n    protocol: {data: ${CANARY}}\n`,
      ),
    });
    await push('sealed, changed', {
      'a.yaml': await seal(yaml('a', `data:\n  p: ${FORMS[1]}\n  q: ${FORMS[1]}\nimmutable: true\n`)),
    });
    await push('sealed, immutable', {
      'a.yaml': await seal(yaml('a', `data:\n  p: ${Buffer.from(`${CANARY}x`).toString('base64')}\nimmutable: true\n`)),
    });
    const applied = JSON.stringify(secret('api'));
    const annotations = { [LAST_APPLIED_ANNOTATION]: applied };
    await write(
      'create',
      201,
      'POST',
      `${SECRETS}?fieldManager=kubectl-client-side-apply`,
      secret('api', { metadata: { name: 'api', annotations } }),
    );
    await write('create again', 409, 'POST', SECRETS, secret('api'));
    await write('change', 200, 'PATCH', `${SECRETS}/api`, { stringData: { q: CANARY } }, PATCH);
    await write('not base64', 422, 'PATCH', `${SECRETS}/api`, { data: { q: `${CANARY}!` } }, PATCH);
    await write('a bad key', 422, 'PATCH', `${SECRETS}/api`, { stringData: { 'bad key': CANARY } }, PATCH);
    await write(
      'a wrong type',
      422,
      'PATCH',
      `${SECRETS}/api`,
      { stringData: { p: { [CANARY.slice(0, 3)]: [CANARY] } } },
      PATCH,
    );
    await write(
      'a type that it does not fit',
      422,
      'POST',
      SECRETS,
      secret('t', { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': CANARY } }),
    );
    await write('of Helm', 201, 'POST', SECRETS, secret('helm', { type: 'helm.sh/release.v1' }));
    await write(
      'another manager',
      409,
      'PATCH',
      `${SECRETS}/api?fieldManager=other`,
      { ...secret('api'), stringData: undefined, data: { p: Buffer.from(`${CANARY}y`).toString('base64') } },
      { 'Content-Type': 'application/apply-patch+yaml' },
    );
    await write('delete', 200, 'DELETE', `${SECRETS}/helm`);
  });

  it('is in the objects, so that there is something to find', async () => {
    const { json } = await asAdmin('GET', SECRETS);
    expect(json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual(['a', 'api']);
    expect(found(JSON.stringify(json))).toBeDefined();
  });

  it('is in no push output, error, warning or log', () => {
    for (const [what, text] of left) expect(found(text), what).toBeUndefined();
    for (const line of logged) expect(found(line), 'log').toBeUndefined();
    expect([...left.values()].join()).toContain('refused');
  });

  it('is in no other answer of the API: tables, metadata, other objects, documents, metrics', async () => {
    const paths = [
      '/metrics',
      '/openapi/v2',
      '/openapi/v3',
      '/version',
      '/readyz?verbose',
      '/reflet/v1/status',
      '/reflet/v1/commits',
      '/api/v1',
      '/apis',
    ];
    const { json } = await asAdmin('GET', '/apis');
    const groups: string[] = json.groups.map(
      ({ preferredVersion }: { preferredVersion: { groupVersion: string } }) =>
        `/apis/${preferredVersion.groupVersion}`,
    );
    for (const group of ['/api/v1', ...groups]) {
      const { json: list } = await asAdmin('GET', group);
      for (const { name, verbs } of list.resources as { name: string; verbs: string[] }[]) {
        if (verbs.includes('list') && name !== 'secrets') paths.push(`${group}/${name}`);
      }
    }
    expect(paths).toContain('/api/v1/events');
    for (const path of paths) expect(found((await asAdmin('GET', path)).text), path).toBeUndefined();
    const table = { Accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' };
    const metadata = { Accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' };
    const one = { Accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' };
    for (const [path, headers] of [
      [SECRETS, table],
      [`${SECRETS}/api`, table],
      ['/api/v1/secrets?includeObject=Metadata', table],
      [SECRETS, metadata],
      [`${SECRETS}/api`, one],
    ] as const) {
      const answer = await asAdmin('GET', path, undefined, headers);
      expect(answer.code).toBe(200);
      expect(found(answer.text), `${path} ${headers.Accept}`).toBeUndefined();
    }
  });

  it('is in no object, ref or note of the repository', async () => {
    const { stdout } = await clone.git(
      '-C',
      join(folder, 'desired.git'),
      'cat-file',
      '--batch-all-objects',
      '--batch',
      '--unordered',
    );
    expect(stdout).toContain('ENC[AES256_GCM');
    expect(stdout.length).toBeGreaterThan(2_000);
    expect(found(stdout)).toBeUndefined();
  });

  it('is in no file', async () => {
    const files = await readdir(folder, { recursive: true });
    let looked = 0;
    for (const file of files) {
      const path = join(folder, file);
      if (!(await stat(path)).isFile()) continue;
      looked++;
      expect(found((await readFile(path)).toString('latin1')), file).toBeUndefined();
    }
    expect(looked).toBeGreaterThan(20);
    expect((await stat(join(folder, 'store'))).mode & 0o077).toBe(0);
  });

  it('is in no output of the commands', async () => {
    const program = join(import.meta.dirname, '../../daemon/bin/reflet.mjs');
    const first = (await clone.git('rev-list', '--max-parents=0', 'HEAD')).stdout.trim();
    const commands = [
      ['status', '-o', 'json'],
      ['log'],
      ['diff', first, '-o', 'json'],
      ['diff', '--live', '--foreign'],
    ];
    const outputs = await Promise.all(
      commands.map((args) => run(process.execPath, [program, ...args, '--data-dir', folder], { timeoutMs: 60_000 })),
    );
    for (const [index, { stdout, stderr }] of outputs.entries()) {
      expect(stdout + stderr).not.toBe('');
      expect(found(stdout + stderr), commands[index]!.join(' ')).toBeUndefined();
    }
    // The difference is told, without its values.
    expect(outputs[2]!.stdout).toContain('Secret');
  });
});

const POD = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1
        env: [{name: P, valueFrom: {secretKeyRef: {name: a, key: p}}}]
`;
