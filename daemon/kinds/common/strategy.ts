/**
 * What the strategies of many kinds share: who may write what on which path. Generations are `admission/`'s matter.
 * Values taken from `old` are shared with it, not copied: neither object is changed in depth afterwards.
 */

import type { KubeObject } from '../../base/object.ts';

/** Takes top-level members from `old`; what `old` lacks is removed. */
export function restore<T extends KubeObject>(object: T, old: Readonly<T>, ...members: (keyof T)[]): void {
  for (const member of members) {
    if (old[member] === undefined) delete object[member];
    else object[member] = old[member];
  }
}

/** For kinds that take everything as it is written. */
export function keepAsIs(): void {}
