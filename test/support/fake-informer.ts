/**
 * An informer whose objects a test sets by hand; handlers are told at once, in the order of the calls.
 */

import { formatKey, type KubeObject, keyOf } from '../../daemon/base/object.ts';
import type { Informer, InformerHandler } from '../../daemon/client/informer.ts';

export class FakeInformer<T extends KubeObject> implements Informer<T> {
  readonly #objects = new Map<string, T>();
  readonly #handlers: InformerHandler<T>[] = [];
  #revision = 0;

  put(...objects: T[]): void {
    for (const after of objects) {
      const key = formatKey(keyOf(after));
      const before = this.#objects.get(key);
      this.#objects.set(key, after);
      this.#revision++;
      for (const handler of this.#handlers) handler({ before, after, key });
    }
  }

  remove(key: string): void {
    const before = this.#objects.get(key);
    this.#objects.delete(key);
    this.#revision++;
    for (const handler of this.#handlers) handler({ before, after: undefined, key });
  }

  get: Informer<T>['get'] = (key) => this.#objects.get(formatKey(key));
  list = () => [...this.#objects.values()];
  inNamespace = (namespace: string) => this.list().filter((object) => object.metadata?.namespace === namespace);
  by = () => [];
  synced = () => Promise.resolve();
  revision = () => String(this.#revision);
  stop(): void {}

  onChange(handler: InformerHandler<T>): void {
    this.#handlers.push(handler);
    for (const after of this.list()) handler({ before: undefined, after, key: formatKey(keyOf(after)) });
  }
}
