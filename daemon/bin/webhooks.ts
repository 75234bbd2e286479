/**
 * How the control plane reaches webhooks: URLs from this host, Services by way of the node of a ready endpoint, since the control plane need not be on
 * the pods' network.
 */

import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebhookAnswer, WebhookPort } from '../admission/steps.ts';
import type { NodeServices } from '../api/stream/pod-target.ts';
import { findServiceTarget } from '../api/stream/proxy-target.ts';
import type { Random } from '../base/clock.ts';
import type { Service } from '../kinds/types.generated.ts';
import type { Store } from '../store/store.ts';
import { createWebhookCaller, WebhookCallError, type WebhookCaller } from '../webhook/caller.ts';

export function openWebhooks(store: Store, nodes: NodeServices, random: Random): WebhookCaller {
  const pick = (count: number) => Math.floor(random.next() * count);
  return createWebhookCaller({
    async connectService({ namespace, name, port }) {
      const service = store.get(`/registry/core/services/${namespace}/${name}`)?.value as Service | undefined;
      if (service?.spec?.type === 'ExternalName') return dial(service.spec.externalName ?? '', port);
      const target = findServiceTarget(store, { namespace, name }, String(port), pick);
      if (!target.nodeName) return dial(target.address, target.port);
      const node = nodes(target.nodeName);
      if (!node) throw new Error(`the agent of node ${target.nodeName} is not connected`);
      return node.connect(target.address, target.port);
    },
  });
}

function dial(host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** As admission asks. */
export function admissionWebhooks(caller: WebhookCaller): WebhookPort {
  return {
    async ask({ clientConfig, review, timeoutMs, uid }): Promise<WebhookAnswer> {
      try {
        return { body: await caller.post({ clientConfig, body: review, timeoutMs }), uid };
      } catch (error) {
        const why = error instanceof WebhookCallError ? error.message : String(error);
        return { failure: `failed to call webhook: ${why}` };
      }
    },
  };
}
