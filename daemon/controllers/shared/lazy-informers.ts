/**
 * Informers of served resources, each started when a loop first asks for it: a cluster without quotas, say, follows nothing more than it does anyway.
 * Kinds may come and go at run time, and their informers with them.
 */

import type { KubeObject } from '../../base/object.ts';
import type { Informer } from '../../client/informer.ts';
import { startInformer } from '../../client/start-informer.ts';
import type { ServedResources } from '../../kinds/collected-resources.ts';
import type { Resource } from '../../kinds/resource.ts';
import type { ControllerContext } from './context.ts';

export interface Followed {
  readonly resource: Resource;
  readonly informer: Informer<KubeObject>;
  readonly isSynced: boolean;
}

export interface FollowedListener {
  /** Other kinds are served now. */
  servedChanged(): void;
  /** The first list is in. */
  synced(resource: Resource): void;
  changed(resource: Resource, change: { before: KubeObject | undefined; after: KubeObject | undefined }): void;
}

interface Started {
  readonly resource: Resource;
  readonly informer: Informer<KubeObject>;
  /** The same, when it is nobody else's. */
  readonly own: Informer<KubeObject> | undefined;
  isSynced: boolean;
}

const nameOf = ({ group, plural }: Resource): string => `${group}/${plural}`;

export class LazyInformers {
  readonly #context: ControllerContext;
  readonly #served: ServedResources;
  readonly #listener: FollowedListener;
  readonly #started = new Map<string, Started>();
  readonly #ignoreServed: () => void;

  constructor(context: ControllerContext, served: ServedResources, listener: FollowedListener) {
    this.#context = context;
    this.#served = served;
    this.#listener = listener;
    this.#ignoreServed = served.onChange(() => this.#forgetGone());
  }

  /** Every namespaced resource that is served and meant; what is not followed yet is from now on. */
  follow(isMeant: (resource: Resource) => boolean): readonly Followed[] {
    const meant = this.#served.list().filter((resource) => resource.namespaced && isMeant(resource));
    return meant.map((resource) => this.#started.get(nameOf(resource)) ?? this.#start(resource));
  }

  stop(): void {
    this.#ignoreServed();
    for (const { own } of this.#started.values()) own?.stop();
  }

  #forgetGone(): void {
    const served = new Set(this.#served.list().map(nameOf));
    for (const [name, { own }] of this.#started) {
      if (served.has(name)) continue;
      own?.stop();
      this.#started.delete(name);
    }
    this.#listener.servedChanged();
  }

  #start(resource: Resource): Started {
    const { client, clock, random, log } = this.#context;
    const shared = this.#sharedInformer(resource);
    const own = shared ? undefined : startInformer<KubeObject>(client, resource, { clock, random, log });
    const started: Started = { resource, informer: (shared ?? own)!, own, isSynced: false };
    this.#started.set(nameOf(resource), started);
    void started.informer.synced().then(() => {
      started.isSynced = true;
      started.informer.onChange((change) => this.#listener.changed(resource, change));
      this.#listener.synced(resource);
    });
    return started;
  }

  #sharedInformer(resource: Resource): Informer<KubeObject> | undefined {
    const { pods, services, replicaSets, deployments, jobs } = this.#context.informers;
    const shared: Readonly<Record<string, unknown>> = {
      '/pods': pods,
      '/services': services,
      'apps/replicasets': replicaSets,
      'apps/deployments': deployments,
      'batch/jobs': jobs,
    };
    return shared[nameOf(resource)] as Informer<KubeObject> | undefined;
  }
}
