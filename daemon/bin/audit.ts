/**
 * The audit log as the command line asks for it, and what it is told beside HTTP requests: the daemon's own writes, which commit a write became,
 * and pushes, object by object.
 */

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { Auditor } from '../api/audit/auditor.ts';
import { COMMIT_ANNOTATION } from '../api/audit/event.ts';
import { type AuditLog, createAuditLog } from '../api/audit/log-file.ts';
import { type AuditPolicy, DEFAULT_POLICY, readAuditPolicy } from '../api/audit/policy.ts';
import type { BodyDecoder } from '../api/http/decode-body.ts';
import type { Persistence, PlannedWrite } from '../api/rest/persist.ts';
import type { Attributes } from '../auth/user.ts';
import { systemClock, systemIds } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { forbidden } from '../base/status.ts';
import { nextTurn } from '../base/turn.ts';
import { REPOSITORY_PATH } from '../git/authorize-push.ts';
import type { GitEngine } from '../git/engine.ts';
import { formatProblem } from '../git/problem.ts';
import type { Publication } from '../git/publish.ts';

/** What the command line says of the audit, as text. */
export interface AuditOptions {
  auditPolicyFile?: string;
  auditLogPath?: string;
  auditLogMaxsize?: string;
  auditLogMaxbackup?: string;
  auditLogMaxage?: string;
}

export interface Audit {
  readonly auditor: Auditor;
  /** Wraps where writes go. */
  persistence(inner: Persistence): Persistence;
  /** Wraps what reads bodies. */
  decoder(inner: BodyDecoder): BodyDecoder;
  /** Tells of pushes from now on. */
  follow(engine: GitEngine): void;
  close(): Promise<void>;
}

/** The log and its older parts take at most half a gigabyte of the disk. */
const DEFAULTS = { maxsize: 64, maxbackup: 7, maxage: 30 };
/** Commits of the newest revisions: a write asks right after it is durable. */
const COMMITS_MAX = 10_000;
/** Events of a push in one turn of the event loop: some milliseconds, and far fewer than the log's queue holds. */
const TOLD_AT_ONCE_MAX = 200;
/** Of a refused push: enough to know why. */
const PROBLEMS_TOLD_MAX = 10;
const MEBIBYTE = 1024 * 1024;

function wholeNumber(option: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${option} ${text}: expected a whole number from ${least}`);
}

async function readPolicy(file: string | undefined): Promise<AuditPolicy> {
  return file === undefined ? DEFAULT_POLICY : readAuditPolicy(parse(await readFile(file, 'utf8')), file);
}

/** Throws with the option or the policy's field that is wrong. */
export async function openAudit(options: AuditOptions, dataDir: string, log: Logger): Promise<Audit> {
  const policy = await readPolicy(options.auditPolicyFile);
  const sink: AuditLog = createAuditLog({
    path: options.auditLogPath ? resolve(options.auditLogPath) : join(dataDir, 'audit', 'audit.log'),
    sizeBytesMax: wholeNumber('audit-log-maxsize', options.auditLogMaxsize, DEFAULTS.maxsize, 1) * MEBIBYTE,
    backupsMax: wholeNumber('audit-log-maxbackup', options.auditLogMaxbackup, DEFAULTS.maxbackup, 0),
    ageDaysMax: wholeNumber('audit-log-maxage', options.auditLogMaxage, DEFAULTS.maxage, 0),
    clock: systemClock,
    log,
  });
  const auditor = new Auditor({ policy, sink, clock: systemClock, ids: systemIds });
  const commits = new Map<number, string>();
  let telling = Promise.resolve();
  return {
    auditor,
    persistence: (inner) => ({
      get sharedManager() {
        return inner.sharedManager;
      },
      write: (write) => auditWrite(auditor, inner, commits, write),
    }),
    decoder: (inner) => auditedDecoder(auditor, inner),
    follow(engine) {
      engine.onPublished((publication) => {
        if (!publication.isWrite) {
          telling = telling.then(() => tellPush(auditor, publication));
          return;
        }
        commits.set(publication.revision, publication.commit);
        if (commits.size > COMMITS_MAX) commits.delete(commits.keys().next().value!);
      });
      engine.onRefused(({ commit, by, problems }) => {
        const user = { username: by || 'system:admin', groups: [] };
        const annotations = { [COMMIT_ANNOTATION]: commit };
        const why = problems.slice(0, PROBLEMS_TOLD_MAX).map(formatProblem).join('\n');
        const failure = forbidden({ group: '', resource: '' }, '', why).status;
        auditor.tell({ user, attributes: REPOSITORY, origin: REPOSITORY_PATH, annotations, code: 403, failure });
      });
    },
    async close() {
      await telling;
      await sink.close();
    },
  };
}

const REPOSITORY: Attributes = { verb: 'push', path: REPOSITORY_PATH };

async function auditWrite(
  auditor: Auditor,
  inner: Persistence,
  commits: ReadonlyMap<number, string>,
  write: PlannedWrite,
): ReturnType<Persistence['write']> {
  const record = auditor.current();
  record?.names((write.next ?? write.old)?.metadata?.name ?? '');
  const outcome = await inner.write(write);
  const commit = outcome.ok ? commits.get(outcome.revision) : undefined;
  if (commit) record?.became(commit);
  if (!record) {
    const annotations: Record<string, string> = commit ? { [COMMIT_ANNOTATION]: commit } : {};
    const code = outcome.ok ? (write.old ? 200 : 201) : 409;
    auditor.tell({ user: write.user, attributes: attributesOfWrite(write), origin: '', annotations, code });
  }
  return outcome;
}

function attributesOfWrite({ kind, verb, subresource, old, next }: PlannedWrite): Attributes {
  const { group, version, plural } = kind.resource;
  const { name, namespace } = (next ?? old)?.metadata ?? {};
  return {
    ...{ verb: verb === 'apply' ? 'patch' : verb, group, version, resource: plural, subresource },
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
  };
}

const VERBS: Readonly<Record<string, string>> = { created: 'create', configured: 'update', deleted: 'delete' };

/** One event for the push, and one for each object that it changed: some at a time, so that the log can follow and others have their turn. */
async function tellPush(auditor: Auditor, { commit, user, outcomes }: Publication): Promise<void> {
  const told = { user, origin: REPOSITORY_PATH, annotations: { [COMMIT_ANNOTATION]: commit }, code: 200 };
  auditor.tell({ ...told, attributes: REPOSITORY });
  for (const [index, { names, action, annotations }] of outcomes.entries()) {
    if (index % TOLD_AT_ONCE_MAX === 0) await nextTurn();
    const verb = VERBS[action];
    if (verb === undefined) continue;
    const { group, version, plural } = names.kind.resource;
    const { name, namespace } = names.key;
    const attributes = { verb, group, version, resource: plural, name, ...(namespace ? { namespace } : {}) };
    auditor.tell({ ...told, attributes, annotations: { ...annotations, ...told.annotations } });
  }
}

function auditedDecoder(auditor: Auditor, inner: BodyDecoder): BodyDecoder {
  return {
    async decode(request, kind) {
      const body = await inner.decode(request, kind);
      auditor.of(request)?.received(body.value);
      return body;
    },
    async decodePatch(request, type) {
      const body = await inner.decodePatch(request, type);
      auditor.of(request)?.received(body.value);
      return body;
    },
    async decodeOptional(request) {
      const value = await inner.decodeOptional(request);
      auditor.of(request)?.received(value);
      return value;
    },
  };
}
