/**
 * What an Event is, in the core group's shape.
 */

import { pathSegmentName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { EVENTS } from '../resources.ts';
import type { Event, ObjectReference } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

const about = (field: keyof ObjectReference) => (event: Readonly<Event>) => event.involvedObject?.[field] ?? '';

export const event = defineKind<Event>({
  resource: EVENTS,
  shortNames: ['ev'],
  setDefaults,
  validate,
  validateUpdate,
  validateName: pathSegmentName,
  takesAnyFinalizer: true,
  judgesMetadataLast: true,
  table,
  fieldSelectors: {
    'involvedObject.kind': about('kind'),
    'involvedObject.namespace': about('namespace'),
    'involvedObject.name': about('name'),
    'involvedObject.uid': about('uid'),
    'involvedObject.apiVersion': about('apiVersion'),
    'involvedObject.resourceVersion': about('resourceVersion'),
    'involvedObject.fieldPath': about('fieldPath'),
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component || reportingComponent || '',
    type: ({ type }) => type ?? '',
  },
});
