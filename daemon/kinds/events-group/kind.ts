/**
 * What an Event is, in the shape of `events.k8s.io/v1`: a second view of the objects of `events/`, which are kept in the core shape.
 */

import { subdomainName } from '../common/names.ts';
import { keepAsIs } from '../common/strategy.ts';
import type { Kind } from '../kind.ts';
import { EVENTS_K8S_IO } from '../resources.ts';
import type { EventEvents, ObjectReference } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { table } from './table.ts';
import { validate, validateUpdate } from './validation.ts';

const about = (field: keyof ObjectReference) => (event: Readonly<EventEvents>) => event.regarding?.[field] ?? '';

export const eventOfGroup: Kind<EventEvents> = {
  resource: EVENTS_K8S_IO,
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  hasStatus: false,
  hasGeneration: false,
  stored: true,
  setDefaults,
  prepareForCreate: keepAsIs,
  prepareForUpdate: keepAsIs,
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
};
