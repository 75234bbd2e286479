/**
 * The plain `Persistence`: every write goes straight into the store. The git-aware one wraps it.
 */

import type { CommitResult, Store } from '../../store/store.ts';
import type { Persistence, PlannedWrite } from './persist.ts';

export function createRuntimePersistence(store: Store): Persistence {
  return { write: (write: PlannedWrite): Promise<CommitResult> => store.commit(write.operations) };
}
