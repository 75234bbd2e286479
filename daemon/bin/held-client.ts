/**
 * The controllers' client of a rebuilt cluster: while a node has not reported, what it runs is not known, so nothing that ends a pod or runs one
 * again is done. The keys are looked at again until it has, or until somebody decides (`reflet recovery --force`).
 */

import type { KubeObject } from '../base/object.ts';
import type { Client } from '../client/client.ts';
import { isAwaitingReport } from '../kinds/common/rebuild.ts';
import type { Resource } from '../kinds/resource.ts';
import { PODS } from '../kinds/resources.ts';
import type { Pod } from '../kinds/types.generated.ts';
import { RetryLater } from '../runtime/retry-later.ts';

/** How soon a held key is looked at again. */
const HELD_MS = 1_000;

const isPods = ({ group, plural }: Resource): boolean => group === PODS.group && plural === PODS.plural;
const belongsToJob = ({ metadata }: Readonly<KubeObject>): boolean =>
  metadata?.ownerReferences?.some(({ kind }) => kind === 'Job') ?? false;
/** Whoever ends a pod says so in its status first. */
const disrupts = (change: unknown): boolean =>
  (change as Pod).status?.conditions?.some(({ type, status }) => type === 'DisruptionTarget' && status === 'True') ??
  false;

/** `awaited`: names of nodes that have not reported. */
export function holdBack(client: Client, awaited: () => readonly string[]): Client {
  const check = (what: string): void => {
    const nodes = awaited();
    if (nodes.length === 0) return;
    throw new RetryLater(
      HELD_MS,
      `${what} waits: after the rebuild these nodes have not reported: ${nodes.join(', ')}`,
    );
  };
  return {
    get: (resource, key) => client.get(resource, key),
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options) => client.watch(resource, options),
    async update(resource, object, options) {
      if (isPods(resource) && disrupts(object)) check('evicting a pod');
      return client.update(resource, object, options);
    },
    async patch(resource, key, patch, options) {
      if (isPods(resource) && disrupts(patch)) check('evicting a pod');
      return client.patch(resource, key, patch, options);
    },
    async create(resource, object, options) {
      if (isPods(resource) && belongsToJob(object)) check('running a Job again');
      return client.create(resource, object, options);
    },
    async delete(resource, key, options) {
      if (isPods(resource)) check('ending a pod');
      return client.delete(resource, key, options);
    },
    async createSubresource(resource, key, subresource, body, options) {
      if (isPods(resource) && subresource === 'eviction') check('evicting a pod');
      return client.createSubresource(resource, key, subresource, body, options);
    },
  };
}

export const awaitedNodes = (nodes: readonly Readonly<KubeObject>[]): string[] =>
  nodes.filter(isAwaitingReport).map(({ metadata }) => metadata?.name ?? '');
