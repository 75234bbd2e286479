/**
 * The sums of one quota's objects, kept by store key so that each can be put, replaced and taken away exactly. A kind of object is counted from
 * the moment on that somebody asks for it. No I/O.
 */

import type { KubeObject } from '../../base/object.ts';
import type { Quantity } from '../../base/quantity.ts';
import type { StoredResource } from '../../base/registry-key.ts';
import { type Amounts, addAmounts } from '../../kinds/common/amounts.ts';
import { evaluatorOf } from '../../kinds/common/quota/evaluators.ts';
import { boundNames } from '../../kinds/common/quota/names.ts';
import { scopesOf } from '../../kinds/common/quota/scopes.ts';
import type { ResourceQuotaSpec } from '../../kinds/types.generated.ts';

const nameOf = ({ group, plural }: StoredResource): string => `${group}/${plural}`;

export class Tally {
  readonly #spec: Readonly<ResourceQuotaSpec>;
  readonly #followed = new Set<string>();
  readonly #counted = new Map<string, Amounts>();
  readonly #total = new Map<string, Quantity>();

  constructor(spec: Readonly<ResourceQuotaSpec>) {
    this.#spec = spec;
  }

  get total(): Amounts {
    return this.#total;
  }

  /** True the first time: what there is of the resource must be put now. */
  follow(resource: StoredResource): boolean {
    if (this.#followed.has(nameOf(resource))) return false;
    this.#followed.add(nameOf(resource));
    return true;
  }

  of(key: string): Amounts | undefined {
    return this.#counted.get(key);
  }

  sumOf(keys: Iterable<string>): Amounts {
    const sum = new Map<string, Quantity>();
    for (const key of keys) addAmounts(sum, this.#counted.get(key));
    return sum;
  }

  /** Counts the object under this key from now on; undefined: nothing. */
  put(key: string, resource: StoredResource, object: Readonly<KubeObject> | undefined, now: number): void {
    if (!this.#followed.has(nameOf(resource))) return;
    addAmounts(this.#total, this.#counted.get(key), -1);
    const usage = object && this.#usage(resource, object, now);
    if (!usage) {
      this.#counted.delete(key);
      return;
    }
    addAmounts(this.#total, usage);
    this.#counted.set(key, usage);
  }

  #usage(resource: StoredResource, object: Readonly<KubeObject>, now: number): Amounts | undefined {
    const evaluator = evaluatorOf(resource);
    if (!evaluator.matches(object, scopesOf(this.#spec))) return undefined;
    const bound = new Set(boundNames(this.#spec, resource));
    return new Map([...evaluator.usage(object, now)].filter(([name]) => bound.has(name)));
  }
}
