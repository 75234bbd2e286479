/**
 * Which objects git's manifests made, as the objects themselves tell. Pure.
 */

import type { KubeObject } from '../../base/object.ts';

/** The field manager of everything that comes from git. */
export const GIT_MANAGER = 'reflet-git';

/** As long as its manifest is there, such an object is made again by the git layer when it is deleted. */
export const isOfGit = ({ metadata }: Readonly<KubeObject>): boolean =>
  metadata?.managedFields?.some(({ manager, operation }) => manager === GIT_MANAGER && operation === 'Apply') ?? false;
