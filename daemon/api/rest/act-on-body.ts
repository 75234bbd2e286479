/**
 * POST of what is no object of its own and says what is to be done with another: a Binding, an Eviction, a TokenRequest. Admission sees the body,
 * and what it makes of it is acted on.
 */

import { admitSubresource, type SubresourceRequest } from '../../admission/admit-subresource.ts';
import type { KubeObject } from '../../base/object.ts';
import { badRequest } from '../../base/status.ts';
import type { RestContext } from './context.ts';
import type { Target, WriteParameters, WriteResult } from './requests.ts';
import { optionsOf } from './write-options.ts';

/** `target` is the object that it is done with. */
export type BodyVerb = (
  context: RestContext,
  target: Target,
  body: KubeObject,
  parameters: WriteParameters,
) => Promise<WriteResult>;

/** `asked.body` is taken over. Throws 400, what admission refuses with, and what `act` throws. */
export async function actOnBody(
  context: RestContext,
  target: Target,
  asked: Pick<SubresourceRequest, 'kind' | 'subresource' | 'bodyKind' | 'body'>,
  parameters: WriteParameters,
  act: BodyVerb,
): Promise<WriteResult> {
  const { user, namespace, name } = target;
  const { body } = asked;
  body.metadata ??= {};
  if (namespace) body.metadata.namespace ||= namespace;
  if ((body.metadata.namespace ?? '') !== (namespace ?? ''))
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  const told: string[] = [];
  const admitted = await admitSubresource(context.admission, {
    ...{ ...asked, user, namespace, name },
    dryRun: Boolean(parameters.dryRun),
    options: optionsOf('create', target, parameters),
    warn: (text) => void told.push(text),
    annotate: context.annotate,
  });
  if ('error' in admitted) throw admitted.error;
  const result = await act(context, target, admitted.body, parameters);
  return { ...result, warnings: [...result.warnings, ...told] };
}
