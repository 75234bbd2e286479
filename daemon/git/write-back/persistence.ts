/**
 * `Persistence` that knows git: a person's write to what follows git becomes a commit, everything else goes where it went before.
 */

import type { Persistence, PlannedWrite } from '../../api/rest/persist.ts';
import { isPerson } from '../../auth/user.ts';
import type { CommitResult } from '../../store/store.ts';
import type { GitEngine } from '../engine.ts';
import { describeSuspension, objectSuspension } from '../suspension/suspension.ts';
import { type Route, routeWrite } from './route.ts';
import type { Writer } from './writer.ts';

export function createGitPersistence(engine: GitEngine, writer: Writer, runtime: Persistence): Persistence {
  return {
    write(write): Promise<CommitResult> {
      const route =
        suspendedRoute(engine, write) ?? routeWrite(write, engine.state, engine.secrets.recipients.length > 0);
      if (route.to !== 'runtime') return writer.write(write);
      if (route.warning) write.warn?.(route.warning);
      return runtime.write(write);
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
