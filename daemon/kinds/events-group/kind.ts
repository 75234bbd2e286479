/**
 * What an Event is, in the shape of `events.k8s.io/v1`: a second view of the objects of `events/`, which are kept in the core shape.
 */

import { subdomainName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { EVENTS_K8S_IO } from '../resources.ts';
import type { EventEvents, ObjectReference } from '../types.generated.ts';
import { eventConversion } from './conversion.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

const about = (field: keyof ObjectReference) => (event: Readonly<EventEvents>) => event.regarding?.[field] ?? '';

export const eventOfGroup = defineKind<EventEvents>({
  resource: EVENTS_K8S_IO,
  shortNames: ['ev'],
  conversion: eventConversion,
  setDefaults,
  validate,
  validateUpdate,
  validateName: subdomainName,
  table,
  fieldSelectors: {
    'regarding.kind': about('kind'),
    'regarding.namespace': about('namespace'),
    'regarding.name': about('name'),
    'regarding.uid': about('uid'),
    'regarding.apiVersion': about('apiVersion'),
    'regarding.resourceVersion': about('resourceVersion'),
    'regarding.fieldPath': about('fieldPath'),
    reason: ({ reason }) => reason ?? '',
    reportingController: ({ reportingController }) => reportingController ?? '',
    type: ({ type }) => type ?? '',
  },
});
