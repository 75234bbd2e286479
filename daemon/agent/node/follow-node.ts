/**
 * What the API knows of this node: labels and taints that others gave it, and what pods may ask for. Until that is known, what the host says of
 * itself.
 */

import type { Clock, Random } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { compareRevisions } from '../../base/revision.ts';
import type { Client } from '../../client/client.ts';
import { startInformer } from '../../client/start-informer.ts';
import { NODES } from '../../kinds/resources.ts';
import type { Node } from '../../kinds/types.generated.ts';
import type { OwnNode } from '../pods/pod-manager.ts';
import type { HostFacts } from './facts.ts';
import { allocatableOf, nodeLabels } from './render-node.ts';

export interface FollowNodeOptions {
  client: Client;
  nodeName: string;
  clock: Clock;
  random: Random;
  log: Logger;
}

export function followNode(
  { client, nodeName, clock, random, log }: FollowNodeOptions,
  facts: HostFacts,
): OwnNode & { stop(): void } {
  const selection = { fieldSelector: `metadata.name=${nodeName}` };
  const nodes = startInformer(client, NODES, { selection, clock, random, log });
  let asked: Readonly<Node> | undefined;
  const newest = (): Readonly<Node> | undefined => {
    const known = nodes.list()[0];
    return asked && (!known || isNewer(asked, known)) ? asked : known;
  };
  return {
    current() {
      const node = newest() ?? { metadata: { name: nodeName, labels: nodeLabels(facts, nodeName) } };
      return { node, allocatable: (node.status?.allocatable as Record<string, string>) ?? allocatableOf(facts) };
    },
    async refresh() {
      try {
        asked = await client.get(NODES, { name: nodeName });
      } catch (error) {
        log.warn({ node: nodeName, error: String(error) }, 'the node could not be asked for');
      }
    },
    stop: () => nodes.stop(),
  };
}

const isNewer = (a: Readonly<Node>, b: Readonly<Node>): boolean =>
  compareRevisions(a.metadata?.resourceVersion ?? '', b.metadata?.resourceVersion ?? '') > 0;
