/**
 * What an authorizer is told of the selectors of a request. One that cannot be read counts for nothing: then more is asked for, never less.
 */

import { parseFieldSelector } from '../base/field-selector.ts';
import { parseSelector } from '../base/selector.ts';
import type { ResourceAttributes } from './user.ts';

export type SelectorsRead = Pick<ResourceAttributes, 'fieldSelector' | 'labelSelector'>;

/** Of selectors as text; `''` and null: there is none. */
export function readSelectors(fieldSelector: string | null, labelSelector: string | null): SelectorsRead {
  const fields = fieldSelector ? readOrNothing(fieldSelector, parseFieldSelector) : undefined;
  const labels = labelSelector ? readOrNothing(labelSelector, parseSelector) : undefined;
  return { ...(fields ? { fieldSelector: fields } : {}), ...(labels ? { labelSelector: labels } : {}) };
}

function readOrNothing<T>(text: string, parse: (text: string) => T): T | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
