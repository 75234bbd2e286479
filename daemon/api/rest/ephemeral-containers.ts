/**
 * `pods/x/ephemeralcontainers`: known, so that clients get a clear answer, and not supported yet.
 */

import { forbiddenField, path } from '../../base/field.ts';
import { invalid } from '../../base/status.ts';
import type { Target } from './requests.ts';

/** Throws 422 naming the field. */
export function refuseEphemeralContainers({ kind, name }: Target): never {
  const at = path('spec').child('ephemeralContainers');
  throw invalid({ group: kind.resource.group, kind: kind.resource.kind }, name, [
    forbiddenField(at, 'ephemeral containers are not supported yet'),
  ]);
}
