/** The scenarios of `npm run bench`, in the order in which they run. */

import { apiWriteCpu } from './scenarios/api-write-cpu.ts';
import { durableWrite } from './scenarios/durable-write.ts';
import { getFromMemory } from './scenarios/get-from-memory.ts';
import { watchFanout } from './scenarios/watch-fanout.ts';
import type { Scenario } from './support/scenario.ts';

export const scenarios: readonly Scenario[] = [durableWrite, apiWriteCpu, getFromMemory, watchFanout];
