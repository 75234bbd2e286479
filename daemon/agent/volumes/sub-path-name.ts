/**
 * Which path of its volume a mount names: `subPath`, or `subPathExpr` with the container's variables. Pure; the kubelet's conditions and words
 * (`makeMounts`). What is wrong may come right: an annotation that a variable reads is written later.
 */

import type { VolumeMount } from '../../kinds/types.generated.ts';
import { expandKnown } from '../containers/expand.ts';
import { VolumeProblem } from './payload.ts';

/** Undefined when the mount is of the whole volume. Throws VolumeProblem. */
export function subPathOf(
  mount: Readonly<VolumeMount>,
  environment: () => ReadonlyMap<string, string>,
): string | undefined {
  const subPath = mount.subPathExpr ? expandExpression(mount.subPathExpr, environment()) : mount.subPath;
  if (!subPath) return undefined;
  if (subPath.startsWith('/')) throw new VolumeProblem(`error SubPath \`${subPath}\` must not be an absolute path`);
  if (subPath.split('/').includes('..'))
    throw new VolumeProblem(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
  return subPath;
}

function expandExpression(expression: string, environment: ReadonlyMap<string, string>): string {
  const { expanded, missing } = expandKnown(expression, environment);
  if (missing.length > 0) throw new VolumeProblem(`missing value for ${missing.join(', ')}`);
  return expanded;
}
