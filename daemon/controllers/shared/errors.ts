/**
 * What an API error means to a controller.
 */

import { isReason, StatusError } from '../../base/status.ts';

/** Creating in a namespace that is being deleted: no failure to tell anyone about. */
export function isNamespaceTerminating(error: unknown): boolean {
  const causes = error instanceof StatusError ? (error.status.details?.causes ?? []) : [];
  return causes.some(({ reason }) => reason === 'NamespaceTerminating');
}

/** What is to be changed or deleted may be gone meanwhile: then there is nothing to do. */
export async function ignoringNotFound(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}
