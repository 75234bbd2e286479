/**
 * What every verb needs, handed over as one argument; wired in `bin/` (and by tests).
 */

import type { AdmissionEnvironment } from '../../admission/contract.ts';
import type { GrantGuard } from '../../auth/grants.ts';
import type { Reviewer } from '../../auth/reviews.ts';
import type { TokenIssuer } from '../../auth/service-account-token.ts';
import type { Authorizer } from '../../auth/user.ts';
import type { Clock, Ids, Random } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { TurnQueue } from '../../base/turn.ts';
import type { Kind, KindRegistry } from '../../kinds/kind.ts';
import type { SchemaSet } from '../../schema/node.ts';
import type { Store } from '../../store/store.ts';
import type { Measurement } from './measured.ts';
import type { Past } from './past.ts';
import type { Persistence } from './persist.ts';

export interface RestContext {
  readonly store: Store;
  readonly registry: KindRegistry;
  readonly schemas: SchemaSet;
  readonly persistence: Persistence;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Logger;
  readonly authorizer: Authorizer;
  /** Signs service accounts' tokens (`authentication.k8s.io/v1` TokenRequest). */
  readonly tokens: TokenIssuer;
  readonly reviewer: Reviewer;
  readonly grants: GrantGuard;
  /** For the steps of large writes (`pace.ts`). */
  readonly turns: TurnQueue;
  /** Made by `createAdmissionEnvironment` (`admission/environment.ts`) over the same store, registry, schemas, clock and ids. */
  readonly admission: AdmissionEnvironment;
  /** Adds to what the audit writes down of the request in hand; without it nobody does. */
  readonly annotate?: (key: string, value: string) => void;
  /** Of kinds that are measured; without it there is nothing of them. */
  readonly measure?: (kind: Kind) => Measurement;
  /** What remembers more than the store does; git, once it is open. */
  readonly past?: Past;
}
