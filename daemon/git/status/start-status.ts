/**
 * The statuses of commits, wired: kept, and told as notes, at the forge and to webhooks.
 */

import { join } from 'node:path';
import type { Ids, Random } from '../../base/clock.ts';
import type { GitEngine } from '../engine.ts';
import { NOTES_AT_START } from '../limits.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import { lastPublication } from '../recover.ts';
import { contentOf } from '../revert/content.ts';
import type { KeptOrder } from '../rollout/holds.ts';
import { openStatusHistory, type StatusHistory } from './history.ts';
import { type Notes, startNotes } from './notes.ts';
import { passedOver } from './passed-over.ts';
import { createReporter, type Reporter } from './report/reporter.ts';
import type { StatusChange } from './status-keeper.ts';
import { StatusKeeper } from './status-keeper.ts';

export interface StatusOptions {
  engine: GitEngine;
  dataDir: string;
  outgoing: Outgoing;
  random: Random;
  ids: Ids;
  /** `refs/notes/reflet` moved. */
  notesWritten(): void;
}

export interface RunningStatus {
  readonly keeper: StatusKeeper;
  readonly notes: Notes;
  readonly reporter: Reporter;
  stop(): Promise<void>;
}

/** The workloads that were held are known again when it resolves. */
export async function startStatus(options: StatusOptions): Promise<RunningStatus> {
  const { engine, dataDir, outgoing, random, ids, notesWritten } = options;
  const history = await openStatusHistory(join(dataDir, 'commits.jsonl'), engine.options.clock, engine.options.log);
  engine.holds.restore(keptOrders(engine, history));
  engine.holds.start();
  const keeper = new StatusKeeper(engine, history);
  const notes = startNotes({ engine, ids, written: notesWritten });
  const reporter = createReporter({ engine, outgoing, random, keysDir: join(dataDir, 'keys') });
  keeper.onChange((change) => tell(change, notes, reporter));
  keeper.start();
  engine.onPublished((publication) => {
    // Told as notes only: nobody wants a message for each commit of a branch that was merged.
    passedOver(engine, publication)
      .then((commits) => {
        for (const status of keeper.passOver(commits, publication)) notes.put(status);
      })
      .catch((error: unknown) =>
        engine.options.log.warn({ error: String(error) }, 'the commits before it have no status'),
      );
  });
  engine.failedBefore = (changes) => (keeper.hasReverted ? keeper.revertedBefore(contentOf(changes)) : undefined);
  // What was not told before a stop; a forge takes the same status twice.
  for (const status of history.list().slice(0, NOTES_AT_START)) notes.put(status);
  const inForce = keeper.get(engine.state.commit ?? '');
  if (inForce) reporter.show(inForce);
  return {
    keeper,
    notes,
    reporter,
    async stop() {
      await keeper.stop();
      reporter.close();
      await notes.flushed();
      notes.close();
    },
  };
}

function tell({ status, before }: StatusChange, notes: Notes, reporter: Reporter): void {
  notes.put(status);
  if (before === status.state) return;
  // It is looked at in the same moment, and a forge wants few words.
  if (status.state !== 'admitted') reporter.show(status);
  reporter.notify(status.state, status);
}

/** Newest first: of the newest publication from the store's own record, should the history have missed it. */
function keptOrders({ options }: GitEngine, history: StatusHistory): { commit: string; order: KeptOrder }[] {
  const last = lastPublication(options.store);
  const kept = history.list().flatMap(({ commit, order }) => (order ? [{ commit, order }] : []));
  return last?.order ? [{ commit: last.commit, order: last.order }, ...kept] : kept;
}
