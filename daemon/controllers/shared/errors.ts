/**
 * What an API error means to a controller.
 */

import { StatusError } from '../../base/status.ts';

/** Creating in a namespace that is being deleted: no failure to tell anyone about. */
export function isNamespaceTerminating(error: unknown): boolean {
  const causes = error instanceof StatusError ? (error.status.details?.causes ?? []) : [];
  return causes.some(({ reason }) => reason === 'NamespaceTerminating');
}
