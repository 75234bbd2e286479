/**
 * pre-receive: the whole push is judged before any ref moves, its objects still in quarantine. Takes the write lease when it admits.
 */

import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitEngine, Quarantine } from '../engine.ts';
import { type Lease, LeaseTimeout } from '../lease.ts';
import { formatRefusal, type PushProblem } from '../problem.ts';
import { createQuarantineReader, type QuarantineReader } from '../quarantine-reader.ts';
import { isAncestor, type Repository, readTip } from '../repository.ts';
import { TreeTooLarge } from '../tree.ts';
import { findAncestor } from '../tree-walk.ts';
import { refuseRefs } from './ref-policy.ts';
import type { HookRequest, RefUpdate } from './request.ts';
import type { HookHandler, HookReply } from './server.ts';
import type { HookSessions } from './sessions.ts';

export function preReceive(engine: GitEngine, sessions: HookSessions): HookHandler {
  return async (request, reply) => {
    const refuse = (problems: readonly PushProblem[]): number => {
      for (const line of formatRefusal(problems)) reply.say(line);
      return 1;
    };
    const user = sessions.pusher(request.environment.REFLET_PUSH);
    if (!user) return refuse([{ file: '', message: 'this push is no longer known' }]);
    const { repository, authorizer } = engine.options;
    if (repository.mirrorOf)
      return refuse([
        {
          file: '',
          message: `this is a mirror of ${repository.mirrorOf}, which is followed`,
          expected: 'a push there',
        },
      ]);
    const refused = await refuseRefs(repository, request, authorizer, user);
    if (refused.length > 0) return refuse(refused);
    const update = request.updates.find(({ ref }) => ref === repository.ref);
    if (!update) return 0;
    let lease: Lease;
    try {
      lease = await engine.acquire();
    } catch (error) {
      if (error instanceof LeaseTimeout) return refuse([{ file: '', message: error.message }]);
      throw error;
    }
    let admitted = false;
    try {
      const problems = await judgePush(engine, sessions, request, update, lease, reply);
      admitted = problems.length === 0 && !reply.gone.aborted;
      if (problems.length > 0) return refuse(problems);
      return admitted ? 0 : 1;
    } finally {
      if (!admitted) {
        sessions.take(update.to ?? '');
        lease.release();
      }
    }
  };
}

async function judgePush(
  engine: GitEngine,
  sessions: HookSessions,
  request: HookRequest,
  { from, to, ref }: RefUpdate,
  lease: Lease,
  reply: HookReply,
): Promise<readonly PushProblem[]> {
  const { repository, clock } = engine.options;
  if (to === undefined) {
    return [
      {
        file: '',
        message: `${ref} is what is deployed: it cannot be deleted`,
        expected: 'a commit without the manifests that shall go',
      },
    ];
  }
  const tip = await readTip(repository);
  if (tip !== from) {
    return [
      {
        file: '',
        message: `${ref} moved to ${tip?.slice(0, 12) ?? 'nothing'} meanwhile`,
        expected: 'git pull, then push again',
      },
    ];
  }
  const quarantine = await quarantineOf(engine, request);
  const reader = await createQuarantineReader(
    repository,
    quarantine['GIT_OBJECT_DIRECTORY'] ?? join(repository.gitDir, 'objects'),
    engine.reader,
    { clock, objects: quarantine },
  );
  const place: Quarantine = { reader, objects: quarantine };
  try {
    const isConfirmed = engine.confirmations.covers(to, 'prune');
    if (from !== undefined && !isConfirmed && !(await descends(repository, reader, from, to, quarantine))) {
      const message = `${ref} is what is deployed: its history cannot be rewritten`;
      return [
        {
          file: '',
          message,
          expected: `a commit that descends from ${from.slice(0, 12)} (git pull --rebase; to go back: git revert), or \`reflet confirm ${to}\``,
        },
      ];
    }
    const user = sessions.pusher(request.environment.REFLET_PUSH)!;
    const judgement = await engine.judge(to, user, place);
    if (judgement.problems.length > 0) {
      engine.announceRefusal({ commit: to, problems: judgement.problems, by: user.username });
      return judgement.problems;
    }
    for (const warning of judgement.warnings) reply.say(`reflet: warning: ${warning}`);
    sessions.admit({ to, judgement, user, lease }, request.parentPid);
    return [];
  } catch (error) {
    if (error instanceof TreeTooLarge) return [{ file: '', message: error.message }];
    throw error;
  } finally {
    reader.close();
  }
}

/** Most pushes bring a few commits on top of the tip: those are followed here; git is asked about the rest. */
async function descends(
  repository: Repository,
  reader: QuarantineReader,
  from: string,
  to: string,
  objects: Readonly<Record<string, string>>,
): Promise<boolean> {
  return (!reader.packed && (await findAncestor(reader, from, to))) || isAncestor(repository, from, to, objects);
}

/** Where this push's objects are. Only folders of the repository itself are believed. */
async function quarantineOf(engine: GitEngine, { environment }: HookRequest): Promise<Record<string, string>> {
  const { GIT_OBJECT_DIRECTORY: objects, GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates } = environment;
  if (!objects) return {};
  const own = await realpath(join(engine.options.repository.gitDir, 'objects'));
  const real = await realpath(objects);
  if (real !== own && !real.startsWith(`${own}/`)) {
    throw new Error(`the push's objects are not in the repository: ${objects}`);
  }
  return { GIT_OBJECT_DIRECTORY: objects, ...(alternates ? { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates } : {}) };
}
