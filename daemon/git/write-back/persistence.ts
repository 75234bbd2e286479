/**
 * `Persistence` that knows git: a person's write to what follows git becomes a commit, a proposal, or is refused, as `apiWrites` says; everything else
 * goes where it went before.
 */

import type { Persistence, PlannedWrite } from '../../api/rest/persist.ts';
import { isPerson } from '../../auth/user.ts';
import { GIT_MANAGER } from '../../kinds/common/git-ownership.ts';
import type { CommitResult } from '../../store/store.ts';
import type { GitEngine } from '../engine.ts';
import { describeSuspension, objectSuspension } from '../suspension/suspension.ts';
import { denied, modeOf, RUNTIME_WARNING, refuseAtRunTime } from './mode.ts';
import type { Proposer } from './propose.ts';
import { type Route, routeWrite } from './route.ts';
import { inVersionOfFile } from './version.ts';
import type { Writer } from './writer.ts';

export interface WriteBack {
  writer: Writer;
  proposer: Proposer;
}

export function createGitPersistence(
  engine: GitEngine,
  { writer, proposer }: WriteBack,
  runtime: Persistence,
): Persistence {
  const { hosted, mirrorOf } = engine.options.repository;
  const isHosted = hosted && mirrorOf === undefined;
  const atRunTime = (write: PlannedWrite, warning: string | undefined): Promise<CommitResult> => {
    if (warning) write.warn?.(warning);
    return runtime.write(write);
  };
  return {
    sharedManager: GIT_MANAGER,
    async write(asked): Promise<CommitResult> {
      const { state } = engine;
      const write = await inVersionOfFile(state, asked);
      const route = suspendedRoute(engine, write) ?? routeWrite(write, state, engine.secrets.recipients.length > 0);
      if (route.to === 'runtime') return atRunTime(write, route.warning);
      const mode = modeOf(state.configuration, write, isHosted);
      if (mode === 'commit') return writer.write(write);
      if (mode === 'deny') throw denied(state, write);
      const refused = mode === 'runtime' ? refuseAtRunTime(state, write, route) : await proposer.propose(write, route);
      if (refused) throw refused;
      return atRunTime(write, mode === 'runtime' ? RUNTIME_WARNING : undefined);
    },
  };
}

/** While suspended, people's hands are free: their writes stay out of git, which takes back what it owns when the suspension ends. */
function suspendedRoute(engine: GitEngine, write: PlannedWrite): Route | undefined {
  if (!isPerson(write.user)) return undefined;
  const defined = engine.state.objects.get(write.key);
  const suspension =
    engine.suspension ?? (defined && objectSuspension(defined.document.object, engine.options.clock.now()));
  if (!suspension || (!defined && routeWrite(write, engine.state, true).to === 'runtime')) return undefined;
  return { to: 'runtime', warning: `not committed: git is ${describeSuspension(suspension)}` };
}
