/**
 * What a Pod is.
 */

import { path } from '../../base/field.ts';
import { subdomainName } from '../common/names.ts';
import { unsupportedInPod } from '../common/pod/unsupported.ts';
import { hostnameWarnings, podWarnings } from '../common/pod/warnings.ts';
import { defineKind } from '../define-kind.ts';
import { PODS } from '../resources.ts';
import type { Pod } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { ephemeralContainersUpdate } from './ephemeral-containers.ts';
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateStatusUpdate, validateUpdate } from './validation.ts';

function nameWarnings({ metadata }: Readonly<Pod>): string[] {
  return hostnameWarnings(metadata?.name ?? '', "the Pod's hostname");
}

export const pod = defineKind<Pod>({
  resource: PODS,
  shortNames: ['po'],
  categories: ['all'],
  hasStatus: true,
  setDefaults,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate,
  validateUpdate,
  validateStatusUpdate,
  partialUpdates: { ephemeralcontainers: ephemeralContainersUpdate },
  validateName: subdomainName,
  unsupported: (object) => unsupportedInPod(object, path()),
  /** Updates of Pods come from programs; nobody reads their warnings. */
  warnings: (object, old) =>
    old ? [] : [...nameWarnings(object), ...podWarnings(object.spec ?? { containers: [] }, object.metadata, path())],
  table,
  fieldSelectors: {
    'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
    'spec.host': ({ spec }) => spec?.nodeName ?? '', // as it was called once
    'spec.restartPolicy': ({ spec }) => spec?.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec?.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec?.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec?.hostNetwork ?? false),
    'status.phase': ({ status }) => status?.phase ?? '',
    'status.podIP': ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    'status.podIPs': () => '', // known as a label and never set, as upstream
    'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
  },
  gracePeriodSeconds: ({ spec, status }) =>
    !spec?.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded'
      ? 0
      : Math.max(spec.terminationGracePeriodSeconds ?? 30, spec.terminationGracePeriodSeconds === 0 ? 0 : 1),
});
