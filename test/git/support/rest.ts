/** The API's own verbs above the git-aware persistence of a world. */

import type { RestContext } from '../../../daemon/api/rest/context.ts';
import type { Target } from '../../../daemon/api/rest/requests.ts';
import { createRuntimePersistence } from '../../../daemon/api/rest/runtime-persistence.ts';
import type { UserInfo } from '../../../daemon/auth/user.ts';
import { systemClock, systemIds, systemRandom } from '../../../daemon/base/clock.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import { createTurnQueue } from '../../../daemon/base/turn.ts';
import type { Resource } from '../../../daemon/kinds/resource.ts';
import { ALLOW_ALL, admissionPort, registry, schemas, type World } from './world.ts';
import { ALICE } from './writes.ts';

export function restContext(world: Pick<World, 'store' | 'git'>): RestContext {
  return {
    store: world.store,
    registry,
    schemas,
    persistence: world.git.persistence(createRuntimePersistence(world.store)),
    clock: systemClock,
    ids: systemIds,
    random: systemRandom,
    log: silentLogger,
    authorizer: ALLOW_ALL,
    tokens: { issue: () => Promise.reject(new Error('unused')) },
    reviewer: { review: () => Promise.reject(new Error('unused')) },
    grants: { check() {} },
    turns: createTurnQueue(),
    admission: admissionPort(world.store).environment as RestContext['admission'],
  };
}

export function targetOf(resource: Resource, name: string, user: UserInfo = ALICE, namespace = 'default'): Target {
  return {
    kind: registry.byResource(resource.group, resource.version, resource.plural)!,
    user,
    namespace: resource.namespaced ? namespace : undefined,
    name,
    userAgent: 'kubectl/v1.32.0',
  };
}
