/**
 * The annotations by which a repository orders a rollout, and how a held workload is told. Pure.
 *
 * `reflet.dev/depends-on` and `reflet.dev/wave` are said in manifests; `reflet.dev/waits-for` is set by the git layer on a workload that is in force
 * and must not roll out yet, and is taken away by it. Controllers treat a held workload as a paused one.
 */

import type { KubeObject } from '../../base/object.ts';

export const DEPENDS_ON = 'reflet.dev/depends-on';
export const WAVE = 'reflet.dev/wave';
export const WAITS_FOR = 'reflet.dev/waits-for';

/** What the object is held for (`deployment default/db, …`), for people; undefined: it is not held. */
export function heldFor(object: Readonly<KubeObject>): string | undefined {
  const text = object.metadata?.annotations?.[WAITS_FOR];
  return text === undefined || text === '' ? undefined : text;
}
