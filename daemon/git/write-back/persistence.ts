/**
 * `Persistence` that knows git: a person's write to what follows git becomes a commit, everything else goes where it went before.
 */

import type { Persistence } from '../../api/rest/persist.ts';
import type { CommitResult } from '../../store/store.ts';
import type { GitEngine } from '../engine.ts';
import { routeWrite } from './route.ts';
import type { Writer } from './writer.ts';

export function createGitPersistence(engine: GitEngine, writer: Writer, runtime: Persistence): Persistence {
  return {
    write(write): Promise<CommitResult> {
      const route = routeWrite(write, engine.state, engine.secrets.recipients.length > 0);
      if (route.to !== 'runtime') return writer.write(write);
      if (route.warning) write.warn?.(route.warning);
      return runtime.write(write);
    },
  };
}
