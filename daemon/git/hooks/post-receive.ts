/**
 * post-receive: tells the pusher what the push did and, with `-o wait`, how it goes on. It decides nothing: the commit is in force already.
 */

import type { GitEngine } from '../engine.ts';
import { CHANGES_SHOWN_MAX } from '../limits.ts';
import { describeObject } from '../manifest-file.ts';
import type { PlannedAction } from '../plan-objects.ts';
import { followRollout } from '../progress/follow.ts';
import { isWaitedFor } from '../progress/health.ts';
import { parsePushOptions } from '../progress/push-options.ts';
import type { Publication } from '../publish.ts';
import { describeSuspension } from '../suspension/suspension.ts';
import type { HookHandler, HookReply } from './server.ts';
import type { HookSessions } from './sessions.ts';

export function postReceive(engine: GitEngine, sessions: HookSessions): HookHandler {
  return async ({ updates, options }, reply) => {
    const update = updates.find(({ ref }) => ref === engine.options.repository.ref);
    if (!update?.to) return 0;
    const { waitMs, unknown } = parsePushOptions(options);
    for (const option of unknown)
      reply.say(`reflet: warning: unknown push option ${JSON.stringify(option)}; known: wait, wait=120s`);
    const publication = sessions.published(update.to);
    if (!publication) {
      const { refused, waiting } = engine;
      if (waiting?.commit === update.to) {
        reply.say(
          `reflet: admitted ${update.to.slice(0, 12)}, which waits: reflet is ${describeSuspension(waiting.suspension)}`,
        );
        return 0;
      }
      const why = refused?.commit === update.to ? (refused.problems[0]?.message ?? '') : 'see `reflet status`';
      reply.say(`reflet: ${update.to.slice(0, 12)} is not in force yet: ${why}`);
      return 0;
    }
    for (const line of formatPublication(publication)) reply.say(line);
    if (waitMs !== undefined) await follow(engine, publication, waitMs, reply);
    return 0;
  };
}

const ORDER: readonly PlannedAction[] = ['created', 'configured', 'deleted', 'kept', 'suspended'];

/** `reflet: admitted 3 objects: deployment default/web created, …` */
function formatPublication({ commit, outcomes }: Publication): string[] {
  const changed = outcomes.filter(({ action }) => action !== 'unchanged');
  const short = commit.slice(0, 12);
  if (changed.length === 0) return [`reflet: admitted ${short}: no object changes`];
  const count = changed.length === 1 ? '1 object' : `${changed.length} objects`;
  const lines = ORDER.flatMap((action) => changed.filter((one) => one.action === action))
    .slice(0, CHANGES_SHOWN_MAX)
    .map(({ names, action }) => `reflet:   ${describeObject(names)} ${action}`);
  const hidden = changed.length - CHANGES_SHOWN_MAX;
  return [`reflet: admitted ${short}: ${count}`, ...lines, ...(hidden > 0 ? [`reflet:   … and ${hidden} more`] : [])];
}

async function follow(engine: GitEngine, publication: Publication, waitMs: number, reply: HookReply): Promise<void> {
  const { store, clock } = engine.options;
  const objects = publication.outcomes
    .filter(
      ({ names, action }) =>
        action !== 'deleted' &&
        action !== 'unchanged' &&
        action !== 'suspended' &&
        isWaitedFor(names.kind.resource.kind),
    )
    .map(({ names }) => names);
  const say = (line: string) => reply.say(`reflet: ${line}`);
  const startedMs = clock.monotonic();
  const { atMs: sinceMs } = publication;
  const result = await followRollout({ store, clock, objects, sinceMs, waitMs, say, signal: reply.gone });
  const seconds = ((clock.monotonic() - startedMs) / 1000).toFixed(1);
  if (result === 'healthy') say(`all healthy after ${seconds} s`);
  const next = engine.state.configuration.autoRevert.enabled
    ? 'autoRevert takes it back (reflet status)'
    : 'the commit is in force: push a fix, or git revert and push';
  if (result === 'failed') say(`not healthy after ${seconds} s; ${next}`);
  if (result === 'timeout') say(`still progressing after ${seconds} s; it goes on (kubectl rollout status)`);
}
