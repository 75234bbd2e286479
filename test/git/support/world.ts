/** A git layer on a memory store in a temporary folder, and a person's clone to push from. */

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { admitDelete } from '../../../daemon/admission/admit-delete.ts';
import { admitManifest } from '../../../daemon/admission/admit-manifest.ts';
import { admitTreeInSteps } from '../../../daemon/admission/admit-tree.ts';
import { createAdmissionEnvironment } from '../../../daemon/admission/environment.ts';
import type { Authorizer } from '../../../daemon/auth/user.ts';
import { systemClock, systemIds, systemRandom } from '../../../daemon/base/clock.ts';
import { type Logger, silentLogger } from '../../../daemon/base/log.ts';
import { type RunResult, run } from '../../../daemon/base/process.ts';
import { admissionWebhooks, openWebhooks } from '../../../daemon/bin/webhooks.ts';
import { createManifestEditor } from '../../../daemon/git/manifest-editor.ts';
import { createGitManifestReader } from '../../../daemon/git/manifest-reader.ts';
import { createObjectReader } from '../../../daemon/git/object-reader.ts';
import { createOutgoing } from '../../../daemon/git/outgoing/outgoing.ts';
import type { AllowedRemote } from '../../../daemon/git/outgoing/target.ts';
import type { AdmissionPort } from '../../../daemon/git/ports.ts';
import { parseRepositorySource } from '../../../daemon/git/remote/remote-url.ts';
import type { PodLogs } from '../../../daemon/git/revert/evidence.ts';
import { type GitService, startGit } from '../../../daemon/git/service.ts';
import { readState } from '../../../daemon/git/state/read-state.ts';
import { rebuildStore } from '../../../daemon/git/state/restore.ts';
import type { StateKey } from '../../../daemon/git/state/sealed.ts';
import { withCustomSchemas } from '../../../daemon/kinds/custom-schemas.ts';
import { createKindRegistry } from '../../../daemon/kinds/registry.ts';
import { loadSchemas } from '../../../daemon/schema/load.ts';
import { EMPTY_KEYRING, type Keyring } from '../../../daemon/sops/keyring.ts';
import { createStore } from '../../../daemon/store/create-store.ts';
import { createMemoryLog, type MemoryLog } from '../../../daemon/store/memory-log.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { createManifestReader } from '../../../daemon/yaml/pool.ts';

export const registry = createKindRegistry();
export const schemas = withCustomSchemas(loadSchemas(), registry);

const ports = new WeakMap<Store, AdmissionPort>();

/** As `bin/` wires it; one a store. */
export function admissionPort(store: Store): AdmissionPort {
  const port = ports.get(store) ?? createAdmissionPort(store);
  ports.set(store, port);
  return port;
}

function createAdmissionPort(store: Store): AdmissionPort {
  const webhooks = admissionWebhooks(openWebhooks(store, () => undefined, systemRandom));
  const plain = createAdmissionEnvironment({
    store,
    registry,
    schemas,
    clock: systemClock,
    ids: systemIds,
    random: systemRandom,
    serviceCidr: '10.96.0.0/16',
  });
  const environment = { ...plain, webhooks };
  return {
    environment,
    admitTreeInSteps,
    admitManifest,
    refuseDelete: async (kind, key, user, dryRun) => {
      const live = environment.cluster.get(kind.resource, key);
      return (await admitDelete(environment, { kind, key, user, live, dryRun }))?.message;
    },
    refuseGrant: () => undefined,
  };
}

export const ALLOW_ALL: Authorizer = { authorize: () => ({ allowed: true, reason: '' }) };

export interface World {
  readonly folder: string;
  log: MemoryLog;
  store: Store;
  git: GitService;
  /** Told events, newest last. */
  readonly events: string[];
  clone(name: string): Promise<Clone>;
  /** Stops the git layer and starts it again on the same log and repository. */
  restart(): Promise<void>;
  /** Loses the data directory but for the repository, and rebuilds from what that holds. `damage` is done in between. */
  rebuild(damage?: () => Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  authorizer?: Authorizer;
  repositoryPath?: string;
  branch?: string;
  podLogs?: PodLogs;
  /** Followed, with its password; it is at loopback, which is allowed. */
  remote?: { url: string; token: string; allowed?: readonly AllowedRemote[] };
  /** Before the git layer starts: files below the data directory. */
  prepare?(dataDir: string): Promise<void>;
  /** Told what is logged. */
  log?: Logger;
  keyring?: Keyring;
  allowedSigners?: string;
  stateKey?: StateKey;
}

const GIT_ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

/** The namespace `default`, and the git layer as `bin/` starts it. */
export async function openGit(
  store: Store,
  dataDir: string,
  options: WorldOptions = {},
  events: string[] = [],
): Promise<GitService> {
  if (store.revision === 0) {
    const value = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
    await store.commit([{ type: 'put', key: '/registry/core/namespaces/default', value }]);
  }
  const { keyring = EMPTY_KEYRING } = options;
  return startGit({
    dataDir,
    branch: options.branch ?? 'main',
    ...(options.repositoryPath ? { repositoryPath: options.repositoryPath } : {}),
    ...(options.allowedSigners ? { allowedSigners: options.allowedSigners } : {}),
    ...(options.remote ? { remote: remoteOf(options.remote) } : {}),
    folder: '',
    store,
    registry,
    admission: admissionPort(store),
    editor: createManifestEditor(schemas, keyring),
    recipients: keyring.recipients,
    schemas,
    ...(options.stateKey ? { stateKey: options.stateKey } : {}),
    authorizer: options.authorizer ?? ALLOW_ALL,
    manifests: createGitManifestReader(createManifestReader({ clock: systemClock }), keyring),
    clock: systemClock,
    ids: systemIds,
    random: systemRandom,
    outgoing: createOutgoing({ allowed: 'any' }),
    ...(options.podLogs ? { podLogs: options.podLogs } : {}),
    log: options.log ?? silentLogger,
    events: {
      event: (about, type, reason, message) => events.push(`${type} ${reason} ${about.metadata?.name}: ${message}`),
    },
  });
}

function remoteOf({ url, token, allowed }: NonNullable<WorldOptions['remote']>) {
  const source = parseRepositorySource(url);
  if (source.type !== 'remote') throw new Error(`${url} is no remote`);
  return { remote: source.remote, token, allowed: allowed ?? [source.remote.target] };
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'reflet-git-'));
  await options.prepare?.(join(folder, 'data'));
  let log = createMemoryLog();
  const events: string[] = [];
  const open = async () => {
    const store = await createStore(log);
    return { store, git: await openGit(store, join(folder, 'data'), options, events) };
  };
  const world: World = {
    folder,
    log,
    events,
    ...(await open()),
    clone: (name) => createClone(join(folder, name), world.git.repository.gitDir),
    async restart() {
      await world.git.stop();
      Object.assign(world, await open());
    },
    async rebuild(damage = async () => {}) {
      await world.git.stop();
      const data = join(folder, 'data');
      for (const name of await readdir(data))
        if (name !== 'desired.git') await rm(join(data, name), { recursive: true });
      await damage();
      const reader = createObjectReader(world.git.repository, { clock: systemClock });
      const state = await readState(world.git.repository, reader, options.stateKey!, silentLogger);
      reader.close();
      log = createMemoryLog();
      world.log = log;
      if (state) await (await rebuildStore({ log, dataDir: data, state, now: systemClock.now() })).close();
      Object.assign(world, await open());
    },
    async close() {
      await world.git.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return world;
}

export interface Clone {
  readonly folder: string;
  git(...args: string[]): Promise<RunResult>;
  /** Writes files (undefined: removes) and commits them. */
  commit(files: Record<string, string | undefined>, message?: string): Promise<void>;
  push(...options: string[]): Promise<RunResult>;
}

export async function createClone(folder: string, remote: string): Promise<Clone> {
  const git = (...args: string[]) => run('git', args, { cwd: folder, env: GIT_ENVIRONMENT });
  await run('git', ['clone', '--quiet', remote, folder], { env: GIT_ENVIRONMENT });
  await git('checkout', '-q', '-B', 'main');
  return {
    folder,
    git,
    async commit(files, message = 'change') {
      for (const [path, text] of Object.entries(files)) {
        const file = join(folder, path);
        await mkdir(dirname(file), { recursive: true });
        if (text === undefined) await rm(file);
        else await writeFile(file, text);
      }
      await git('add', '-A');
      const result = await git('commit', '-q', '-m', message);
      if (result.exitCode !== 0) throw new Error(result.stderr || result.stdout);
    },
    push: (...options) => git('push', 'origin', 'main', ...options),
  };
}

export function configMap(name: string, data: Record<string, string>, namespace = 'default'): string {
  const lines = Object.entries(data).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    `  name: ${name}`,
    `  namespace: ${namespace}`,
    'data:',
    ...lines,
    '',
  ].join('\n');
}

export function stored(
  store: Store,
  plural: string,
  name: string,
  namespace = 'default',
  group = 'core',
): Record<string, unknown> | undefined {
  return store.get(`/registry/${group}/${plural}/${namespace}/${name}`)?.value as Record<string, unknown> | undefined;
}
