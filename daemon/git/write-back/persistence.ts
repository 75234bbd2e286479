/**
 * `Persistence` that knows git: a person's write to what follows git becomes a commit, everything else goes where it went before.
 */

import type { Persistence, PlannedWrite } from '../../api/rest/persist.ts';
import type { CommitResult } from '../../store/store.ts';
import type { GitEngine } from '../engine.ts';
import { routeWrite } from './route.ts';
import type { Writer } from './writer.ts';

/** A caller that can pass a `Warning` header on to the client says so by this. */
export interface WarnableWrite extends PlannedWrite {
  warn?(text: string): void;
}

export function createGitPersistence(engine: GitEngine, writer: Writer, runtime: Persistence): Persistence {
  return {
    write(write: WarnableWrite): Promise<CommitResult> {
      const route = routeWrite(write, engine.state);
      if (route.to !== 'runtime') return writer.write(write);
      if (route.warning) write.warn?.(route.warning);
      return runtime.write(write);
    },
  };
}
