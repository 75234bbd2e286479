/**
 * reference-transaction: the moment a ref really moves. `prepared` may still veto, `committed` publishes, `aborted` gives the lease back.
 * It also sees moves without a push (a commit in a working repository, `git update-ref` by the administrator), which are judged here.
 */

import type { GitEngine } from '../engine.ts';
import { LeaseTimeout } from '../lease.ts';
import { HOST_ADMINISTRATOR } from '../ports.ts';
import { formatRefusal, type PushProblem } from '../problem.ts';
import type { AdmittedMoves } from './admitted-moves.ts';
import type { HookRequest, RefUpdate } from './request.ts';
import type { HookHandler, HookReply } from './server.ts';
import type { HookSessions } from './sessions.ts';

export function referenceTransaction(engine: GitEngine, sessions: HookSessions, moves: AdmittedMoves): HookHandler {
  return async (request, reply) => {
    const update = request.updates.find(({ ref }) => ref === engine.options.repository.ref);
    if (!update) return 0;
    if (request.argument === 'prepared') return prepared(engine, sessions, request, update, reply);
    if (request.argument === 'committed') await committed(engine, moves, update, reply);
    if (request.argument === 'aborted' && update.to && sessions.admitted(update.to)) sessions.abandon();
    return 0;
  };
}

async function prepared(
  engine: GitEngine,
  sessions: HookSessions,
  request: HookRequest,
  { to, ref }: RefUpdate,
  reply: HookReply,
): Promise<number> {
  const refuse = (problems: readonly PushProblem[]): number => {
    for (const line of formatRefusal(problems)) reply.say(line);
    return 1;
  };
  if (to === undefined) return refuse([{ file: '', message: `${ref} is what is deployed: it cannot be deleted` }]);
  if (to === engine.state.commit || sessions.admitted(to)) return 0;
  const { mirrorOf } = engine.options.repository;
  if (mirrorOf) return refuse([{ file: '', message: `${ref} mirrors ${mirrorOf}`, expected: 'a push there' }]);
  if (request.environment.REFLET_PUSH !== undefined) {
    return refuse([{ file: '', message: 'this push was not admitted, or took too long; push again' }]);
  }
  // git holds the ref's lock now: acknowledged writes that must still be put into the repository would wait for it in vain.
  const lease = await engine.lease.acquire(LOCKED_WAIT_MS).catch((error: unknown) => {
    if (error instanceof LeaseTimeout) return undefined;
    throw error;
  });
  let admitted = false;
  try {
    if (!lease || engine.unsettled()) {
      return refuse([
        { file: '', message: 'a write through the API moves the branch at this moment', expected: 'the same again' },
      ]);
    }
    const judgement = await engine.judgeMove(to, HOST_ADMINISTRATOR);
    if (judgement.problems.length > 0) {
      engine.announceRefusal({ commit: to, problems: judgement.problems, by: HOST_ADMINISTRATOR.username });
      return refuse(judgement.problems);
    }
    for (const warning of judgement.warnings) reply.say(`reflet: warning: ${warning}`);
    sessions.admit({ to, judgement, user: HOST_ADMINISTRATOR, lease }, request.parentPid);
    admitted = true;
    return 0;
  } finally {
    if (!admitted) lease?.release();
  }
}

/** How long a ref's lock is held for others who write: they need milliseconds, or they need the lock. */
const LOCKED_WAIT_MS = 2_000;

/** Usually the ref's watcher was faster; its outcome is told here, for this is what git and its user wait for. */
async function committed(engine: GitEngine, moves: AdmittedMoves, { to }: RefUpdate, reply: HookReply): Promise<void> {
  const problem = to === undefined ? undefined : await moves.publish(to);
  if (problem) reply.say(`reflet: ${problem}`);
  else if (problem === undefined && to !== engine.state.commit) await engine.catchUp();
}
