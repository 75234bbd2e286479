/**
 * What lists and watches may be asked together (`ValidateListOptions` of apimachinery 1.32). Pure.
 */

import { type FieldError, forbiddenField, notSupported, path } from '../../base/field.ts';
import { invalid } from '../../base/status.ts';
import type { ListParameters, WatchParameters } from './requests.ts';

const LIST_OPTIONS = { group: 'meta.k8s.io', kind: 'ListOptions' };
const MATCH = path('resourceVersionMatch');

/** Throws 422. */
export function checkListOptions(options: ListParameters): void {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch;
  if (match) {
    if (!options.resourceVersion)
      errors.push(forbiddenField(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (options.continue)
      errors.push(forbiddenField(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && options.resourceVersion === '0')
      errors.push(forbiddenField(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (options.sendInitialEvents !== undefined)
    errors.push(forbiddenField(path('sendInitialEvents'), 'sendInitialEvents is forbidden for list'));
  if (errors.length > 0) throw invalid(LIST_OPTIONS, '', errors);
}

/** Throws 422. */
export function checkWatchOptions(options: WatchParameters): void {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch;
  if (options.sendInitialEvents !== undefined && match !== 'NotOlderThan')
    errors.push(forbiddenField(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  if (match) {
    if (options.sendInitialEvents === undefined)
      errors.push(
        forbiddenField(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
      );
    if (match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['NotOlderThan']));
    if (options.continue)
      errors.push(forbiddenField(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  if (errors.length > 0) throw invalid(LIST_OPTIONS, '', errors);
}
