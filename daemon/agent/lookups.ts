/**
 * The ConfigMaps and Secrets that this node's pods name, each by a watch of its own: the agent sees no other object (node authorizer's rule).
 *
 * Invariants: one watch an object, however many pods name it; a watch ends when no pod names the object any more.
 */

import type { Clock, Random } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { KubeObject } from '../base/object.ts';
import type { Client } from '../client/client.ts';
import type { Informer } from '../client/informer.ts';
import { startInformer } from '../client/start-informer.ts';
import { podReferences } from '../kinds/common/pod/references.ts';
import type { Resource } from '../kinds/resource.ts';
import { CONFIG_MAPS, SECRETS } from '../kinds/resources.ts';
import type { ConfigMap, Pod, Secret } from '../kinds/types.generated.ts';

export interface LookupsOptions {
  client: Client;
  clock: Clock;
  random: Random;
  log: Logger;
  /** What every pod is made from beside what it names: the services. */
  common: Pick<Informer<KubeObject>, 'synced'>;
  /** An object that this pod names has changed. */
  onChange(uid: string): void;
}

interface Watched {
  informer: Informer<KubeObject>;
  users: Set<string>;
}

export class Lookups {
  readonly #options: LookupsOptions;
  readonly #watched = new Map<string, Watched>();
  /** Keys by pod. */
  readonly #wanted = new Map<string, ReadonlySet<string>>();

  constructor(options: LookupsOptions) {
    this.#options = options;
  }

  configMap(namespace: string, name: string): Readonly<ConfigMap> | undefined {
    return this.#get(CONFIG_MAPS, namespace, name) as ConfigMap | undefined;
  }

  secret(namespace: string, name: string): Readonly<Secret> | undefined {
    return this.#get(SECRETS, namespace, name) as Secret | undefined;
  }

  #get(resource: Resource, namespace: string, name: string): KubeObject | undefined {
    return this.#watched.get(keyOf(resource, namespace, name))?.informer.get({ namespace, name });
  }

  /** Watches what the pod names. */
  want(pod: Readonly<Pod>): void {
    const { uid = '', namespace = '' } = pod.metadata ?? {};
    const { configMaps, secrets } = podReferences(pod);
    const keys = new Set<string>();
    for (const name of configMaps) keys.add(this.#use(CONFIG_MAPS, namespace, name, uid));
    for (const name of secrets) keys.add(this.#use(SECRETS, namespace, name, uid));
    const before = this.#wanted.get(uid);
    this.#wanted.set(uid, keys);
    for (const key of before ?? []) if (!keys.has(key)) this.#release(key, uid);
  }

  /** Resolves when it is known of everything that the pod names whether it is there. */
  async ready(uid: string): Promise<void> {
    await this.#options.common.synced();
    for (const key of this.#wanted.get(uid) ?? []) await this.#watched.get(key)?.informer.synced();
  }

  drop(uid: string): void {
    for (const key of this.#wanted.get(uid) ?? []) this.#release(key, uid);
    this.#wanted.delete(uid);
  }

  stop(): void {
    for (const { informer } of this.#watched.values()) informer.stop();
    this.#watched.clear();
    this.#wanted.clear();
  }

  #use(resource: Resource, namespace: string, name: string, uid: string): string {
    const key = keyOf(resource, namespace, name);
    const known = this.#watched.get(key);
    if (known) {
      known.users.add(uid);
      return key;
    }
    const { client, clock, random, log, onChange } = this.#options;
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    const informer = startInformer(client, resource, { selection, clock, random, log });
    const watched: Watched = { informer, users: new Set([uid]) };
    this.#watched.set(key, watched);
    informer.onChange(() => {
      for (const user of watched.users) onChange(user);
    });
    return key;
  }

  #release(key: string, uid: string): void {
    const watched = this.#watched.get(key);
    watched?.users.delete(uid);
    if (!watched || watched.users.size > 0) return;
    watched.informer.stop();
    this.#watched.delete(key);
  }
}

const keyOf = ({ plural }: Resource, namespace: string, name: string) => `${plural}/${namespace}/${name}`;
