/**
 * ResourceQuotaConfiguration as it is written down: what may only be used where a quota covers it.
 */

import type { LimitedResource } from '../../admission/configuration.ts';
import { type FieldError, notSupported, path, required } from '../../base/field.ts';
import type { Shape } from '../document-shape.ts';

export const QUOTA_TYPES = [
  'apiserver.config.k8s.io/v1 ResourceQuotaConfiguration',
  'resourcequota.admission.k8s.io/v1beta1 Configuration',
  'resourcequota.admission.k8s.io/v1alpha1 Configuration',
];
export const QUOTA_SHAPE: Shape = {
  apiVersion: 'string',
  kind: 'string',
  limitedResources: [
    {
      ...{ apiGroup: 'string', resource: 'string', matchContains: 'strings' },
      matchScopes: [{ scopeName: 'string', operator: 'string', values: 'strings' }],
    },
  ],
};

const OPERATORS = ['DoesNotExist', 'Exists', 'In', 'NotIn'];
const SCOPES = [
  ...['BestEffort', 'CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'PriorityClass', 'Terminating'],
];

export function readLimitedResources(document: object, errors: FieldError[]): readonly LimitedResource[] {
  const { limitedResources } = document as { limitedResources?: readonly LimitedResource[] };
  for (const [index, { resource, matchScopes }] of (limitedResources ?? []).entries()) {
    const at = path('limitedResources').index(index);
    if (!resource) errors.push(required(at.child('resource')));
    for (const [position, { scopeName, operator }] of (matchScopes ?? []).entries()) {
      const here = at.child('matchScopes').index(position);
      if (!SCOPES.includes(scopeName)) errors.push(notSupported(here.child('scopeName'), scopeName, SCOPES));
      if (!OPERATORS.includes(operator)) errors.push(notSupported(here.child('operator'), operator, OPERATORS));
    }
  }
  return limitedResources ?? [];
}
