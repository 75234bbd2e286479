/**
 * The older versions that are served beside the one in which a kind is kept. One entry a kind and version; what differs in shape stands in the
 * kind's own folder.
 */

import { fromKeptSlice, toKeptSlice } from './endpointslices/v1beta1.ts';
import type { Kind } from './kind.ts';
import { type OtherVersion, otherVersion } from './other-version.ts';
import { fromKeptBudget, toKeptBudget } from './poddisruptionbudgets/v1beta1.ts';

/** Two shapes as of any object: they are only called with objects of their kind. */
function shapes<Own, Kept>(
  toKept: (object: Own) => Kept,
  fromKept: (kept: Kept) => Own,
): Pick<OtherVersion, 'toKept' | 'fromKept'> {
  return { toKept, fromKept } as unknown as Pick<OtherVersion, 'toKept' | 'fromKept'>;
}

/** By `group/plural`. */
const OTHER_VERSIONS: Readonly<Record<string, readonly OtherVersion[]>> = {
  'discovery.k8s.io/endpointslices': [
    {
      version: 'v1beta1',
      deprecatedIn: 'v1.21',
      removedIn: 'v1.25',
      ...shapes(toKeptSlice, fromKeptSlice),
    },
  ],
  'policy/poddisruptionbudgets': [
    {
      version: 'v1beta1',
      deprecatedIn: 'v1.21',
      removedIn: 'v1.25',
      ...shapes(toKeptBudget, fromKeptBudget),
    },
  ],
};

export function otherVersionsOf(kept: Kind): Kind[] {
  const { group, plural } = kept.resource;
  return (OTHER_VERSIONS[`${group}/${plural}`] ?? []).map((other) => otherVersion(kept, other));
}
