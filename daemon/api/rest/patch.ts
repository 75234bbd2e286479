/**
 * PATCH: JSON patch, merge patch, strategic merge patch, server-side apply.
 */

import { notFound } from '../../base/status.ts';
import { attributesOf, authorizeRequest } from './authorize.ts';
import { checkBodyName } from './body.ts';
import type { RestContext } from './context.ts';
import { refuseEphemeralContainers } from './ephemeral-containers.ts';
import { groupResource } from './get.ts';
import { appliedDraft, type PatchBody, patchedDraft } from './patch-draft.ts';
import type { PatchParameters, Target, WriteResult } from './requests.ts';
import { writeNew } from './write-create.ts';
import { checkPatchOptions } from './write-options.ts';
import { writeChange } from './write-update.ts';

/** Never changes `patch`. An apply creates what does not exist. */
export async function patchObject(
  context: RestContext,
  target: Target,
  patch: PatchBody,
  parameters: PatchParameters,
): Promise<WriteResult> {
  checkPatchOptions(parameters);
  const { subresource = '' } = parameters;
  if (subresource === 'ephemeralcontainers') refuseEphemeralContainers(target);
  if (parameters.type !== 'apply') {
    return writeChange(
      context,
      target,
      { verb: 'patch', draft: (live) => patchedDraft(context, target, live, patch, parameters) },
      parameters,
    );
  }
  const createMissing = async (): Promise<WriteResult> => {
    if (subresource !== '') throw notFound(groupResource(target), target.name);
    authorizeRequest(context, target.user, attributesOf(target, 'create'));
    const { object, warnings = [] } = appliedDraft(context, target, undefined, patch, parameters);
    checkBodyName(object, target);
    const wanted = { object, verb: 'apply' as const, name: target.name, structureChecked: true, isManaged: true };
    const result = await writeNew(context, target, wanted, parameters);
    return { ...result, warnings: [...warnings, ...result.warnings] };
  };
  return writeChange(
    context,
    target,
    { verb: 'apply', draft: (live) => appliedDraft(context, target, live, patch, parameters), createMissing },
    parameters,
  );
}
