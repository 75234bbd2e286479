/**
 * PATCH: JSON patch, merge patch, strategic merge patch, server-side apply.
 */

import { notFound, StatusError, withWarnings } from '../../base/status.ts';
import { attributesOf, authorizeRequest } from './authorize.ts';
import { checkBodyName } from './body.ts';
import type { RestContext } from './context.ts';
import { groupResource } from './get.ts';
import { pace } from './pace.ts';
import { appliedDraft, type PatchBody, patchedDraft } from './patch-draft.ts';
import type { PatchParameters, Target, WriteResult } from './requests.ts';
import { checkWrittenRevision } from './revision.ts';
import { writeNew } from './write-create.ts';
import { checkPatchOptions } from './write-options.ts';
import { writeChange } from './write-update.ts';

const CUSTOM_PATCHES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];

/** Custom kinds say nothing that a strategic merge could go by. */
function noStrategicMerge(): StatusError {
  const why = `the body of the request was in an unknown format - accepted media types include: ${CUSTOM_PATCHES.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', why);
}

/** Never changes `patch`. An apply creates what does not exist. */
export async function patchObject(
  context: RestContext,
  target: Target,
  patch: PatchBody,
  parameters: PatchParameters,
): Promise<WriteResult> {
  checkPatchOptions({ type: parameters.type, force: parameters.force, fieldManager: parameters.fieldManager });
  const { subresource = '' } = parameters;
  if (target.kind.schema && parameters.type === 'strategic') throw noStrategicMerge();
  await pace(context, parameters.isLarge);
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
    const { object, warnings = [] } = await appliedDraft(context, target, undefined, patch, parameters);
    checkBodyName(object, target);
    // Of what does not exist yet, a revision that is one says nothing.
    const { resourceVersion } = object.metadata ?? {};
    if (resourceVersion) checkWrittenRevision(resourceVersion);
    delete object.metadata?.resourceVersion;
    const wanted = { object, verb: 'apply' as const, name: target.name, structureChecked: true, isManaged: true };
    const result = await writeNew(context, target, wanted, parameters).catch((error: unknown) => {
      throw withWarnings(error, warnings);
    });
    return { ...result, warnings: [...warnings, ...result.warnings] };
  };
  return writeChange(
    context,
    target,
    { verb: 'apply', draft: (live) => appliedDraft(context, target, live, patch, parameters), createMissing },
    parameters,
  );
}
