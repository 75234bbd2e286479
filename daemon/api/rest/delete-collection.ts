/**
 * DELETE of a collection: every object that the selection lists, each by itself. Not atomic, as upstream: what fails leaves the rest done.
 */

import { isReason } from '../../base/status.ts';
import { nextTurn } from '../../base/turn.ts';
import { settled } from '../../kinds/conversion.ts';
import type { RestContext } from './context.ts';
import { deleteObject } from './delete.ts';
import { checkDeleteOptions } from './delete-plan.ts';
import { listObjects } from './list.ts';
import type { DeleteParameters, ListPage, ListParameters, ReadEntry, Scope } from './requests.ts';

/** Deletions under way at once: they share the store's syncs, and the event loop gets its turn in between. */
const CONCURRENT_MAX = 50;

/** Answers with what was listed. Throws the first failure; an object that is gone already is none. */
export async function deleteCollection(
  context: RestContext,
  scope: Scope,
  parameters: DeleteParameters = {},
  selection: ListParameters = {},
): Promise<ListPage> {
  checkDeleteOptions(parameters);
  const page = await settled(() => listObjects(context, scope, selection));
  for (let start = 0; start < page.entries.length; start += CONCURRENT_MAX) {
    const chunk = page.entries.slice(start, start + CONCURRENT_MAX);
    const outcomes = await Promise.allSettled(chunk.map((entry) => removeOne(context, scope, parameters, entry)));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected' && !isReason(outcome.reason, 'NotFound')) throw outcome.reason;
    await nextTurn();
  }
  return page;
}

async function removeOne(
  context: RestContext,
  scope: Scope,
  parameters: DeleteParameters,
  { value }: ReadEntry,
): Promise<void> {
  const { name = '', namespace } = value.metadata ?? {};
  await deleteObject(context, { ...scope, namespace, name }, parameters, 'deletecollection');
}
