/**
 * What every controller is given, and what it gives back. No controller reaches for anything else.
 */

import type { Clock, Ids, Random } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Client } from '../../client/client.ts';
import type { SharedInformers } from '../../runtime/shared-informers.ts';

export interface ControllerContext {
  client: Client;
  informers: SharedInformers;
  clock: Clock;
  random: Random;
  ids: Ids;
  log: Logger;
}

export interface RunningController {
  readonly name: string;
  /** True when no key is ready or being worked on (timers may be pending). */
  idle(): boolean;
  stop(): void;
}
