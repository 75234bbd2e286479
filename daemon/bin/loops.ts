/**
 * Starts every control loop and the scheduler over one set of informers, each as its own user.
 */

import { endOfCertificate, subjectOfRequest } from '../auth/certificate-request.ts';
import type { Pki } from '../auth/pki.ts';
import { systemClock, systemIds, systemRandom } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import { ACTING_USERS, type ActingUser, CONTROLLER_MANAGER, SCHEDULER } from '../controllers/accounts.ts';
import type { Signing } from '../controllers/shared/signing.ts';
import { startControllers } from '../controllers/start-controllers.ts';
import { servedResources } from '../kinds/collected-resources.ts';
import { checkTypes } from '../kinds/common/admission/check-types.ts';
import { startSharedInformers } from '../runtime/shared-informers.ts';
import { startScheduler } from '../scheduler/start-scheduler.ts';
import { awaitedNodes, holdBack } from './held-client.ts';
import type { Kernel } from './kernel.ts';

export interface Loops {
  stop(): void;
}

/** Resolves when every loop has seen the present state. */
export async function startLoops(kernel: Kernel, settings: { pki: Pki; podCidr: string; log: Logger }): Promise<Loops> {
  const { log, podCidr, pki } = settings;
  const clientOf = ({ username, groups, fieldManager }: ActingUser) => kernel.clientFor(username, groups, fieldManager);
  const client = clientOf(CONTROLLER_MANAGER);
  const clocks = { clock: systemClock, random: systemRandom, log };
  const informers = startSharedInformers(client, clocks);
  await informers.synced();
  const signing: Signing = {
    accountToken: (request) => kernel.tokens.issueForSecret(request),
    subjectOf: subjectOfRequest,
    endOf: endOfCertificate,
    certificate: pki.signRequest,
  };
  const awaited = () => awaitedNodes(informers.nodes.list());
  const loopClient = (user: ActingUser) => holdBack(reading(client, clientOf(user)), awaited);
  const controllers = startControllers(
    { client: loopClient(CONTROLLER_MANAGER), informers, ids: systemIds, ...clocks },
    {
      resources: servedResources(kernel.context.registry),
      ca: pki.caCertificate,
      podCidr,
      signing,
      checkTypes: (policy) => checkTypes(policy, kernel.context),
      clientOf: (name) => loopClient(ACTING_USERS[name]!),
    },
  );
  const scheduler = startScheduler({
    client: holdBack(clientOf(SCHEDULER), awaited),
    informers,
    ...clocks,
  });
  return {
    stop() {
      scheduler.stop();
      controllers.stop();
      informers.stop();
    },
  };
}

/** What a loop follows it reads as the manager, as upstream's shared informers do; all else it does as itself. */
function reading(shared: Client, own: Client): Client {
  return {
    get: (resource, key) => own.get(resource, key),
    list: (resource, options) => shared.list(resource, options),
    watch: (resource, options) => shared.watch(resource, options),
    create: (resource, object, options) => own.create(resource, object, options),
    update: (resource, object, options) => own.update(resource, object, options),
    patch: (resource, key, patch, options) => own.patch(resource, key, patch, options),
    delete: (resource, key, options) => own.delete(resource, key, options),
    createSubresource: (resource, key, subresource, body, options) =>
      own.createSubresource(resource, key, subresource, body, options),
  };
}
