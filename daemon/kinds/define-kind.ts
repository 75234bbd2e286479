/**
 * Makes a `Kind` out of what is particular about it. What most kinds have in common is said here once: stored, without status or generation, every
 * field the writer's, no short names, selected by name only.
 */

import type { KubeObject } from '../base/object.ts';
import { keepAsIs } from './common/strategy.ts';
import type { Kind } from './kind.ts';

type Common =
  | 'singular'
  | 'shortNames'
  | 'categories'
  | 'hasStatus'
  | 'hasGeneration'
  | 'stored'
  | 'prepareForCreate'
  | 'prepareForUpdate'
  | 'fieldSelectors';

/** A kind's own properties; of the common ones those that differ. `singular` is the kind's name in lower case. */
type OwnOfKind<T extends KubeObject> = Omit<Kind<T>, Common> & Partial<Pick<Kind<T>, Common>>;

export function defineKind<T extends KubeObject>(own: OwnOfKind<T>): Kind<T> {
  return {
    singular: own.resource.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    hasStatus: false,
    hasGeneration: false,
    stored: true,
    prepareForCreate: keepAsIs,
    prepareForUpdate: keepAsIs,
    fieldSelectors: {},
    ...own,
  };
}
