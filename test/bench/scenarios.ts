/** The scenarios of `npm run bench`, in the order in which they run. */

import { apiWriteCpu } from './scenarios/api-write-cpu.ts';
import { applications } from './scenarios/applications.ts';
import { coldLoad } from './scenarios/cold-load.ts';
import { commitWrite } from './scenarios/commit-write.ts';
import { durableWrite } from './scenarios/durable-write.ts';
import { execProbes } from './scenarios/exec-probes.ts';
import { getFromMemory } from './scenarios/get-from-memory.ts';
import { idle } from './scenarios/idle.ts';
import { list } from './scenarios/list.ts';
import { plan } from './scenarios/plan.ts';
import { pushRunning } from './scenarios/push-running.ts';
import { pushVisible } from './scenarios/push-visible.ts';
import { schedulerDecisions } from './scenarios/scheduler.ts';
import { storeMemory } from './scenarios/store-memory.ts';
import { watchFanout } from './scenarios/watch-fanout.ts';
import type { Scenario } from './support/scenario.ts';

export const scenarios: readonly Scenario[] = [
  pushVisible,
  coldLoad,
  applications,
  plan,
  durableWrite,
  commitWrite,
  apiWriteCpu,
  getFromMemory,
  list,
  watchFanout,
  schedulerDecisions,
  storeMemory,
  execProbes,
  idle,
  pushRunning,
];
