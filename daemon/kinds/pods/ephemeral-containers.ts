/**
 * `pods/x/ephemeralcontainers`: containers that are added to a Pod that runs, to look into it; nothing else of the Pod is written by this way
 * (`podEphemeralContainersStrategy`, ValidatePodEphemeralContainersUpdate). What such a container may say: `common/pod/containers.ts`.
 */

import { type FieldError, forbiddenField, path } from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import { restore } from '../common/strategy.ts';
import type { PartialUpdate } from '../kind.ts';
import type { EphemeralContainer, Pod } from '../types.generated.ts';
import { describeChanges, validatePodAndSpec } from './validation.ts';

const CONTAINERS = path('spec').child('ephemeralContainers');
const MIRROR = 'kubernetes.io/config.mirror';

export const ephemeralContainersUpdate: PartialUpdate<Pod> = {
  prepare(pod, old) {
    const { ephemeralContainers } = pod.spec ?? {};
    const { managedFields, resourceVersion, uid } = pod.metadata ?? {};
    pod.metadata = {
      ...old.metadata,
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(managedFields ? { managedFields } : {}),
    };
    const { ephemeralContainers: _before, ...spec } = old.spec ?? { containers: [] };
    pod.spec = { ...spec, ...(ephemeralContainers ? { ephemeralContainers } : {}) };
    restore(pod, old, 'status');
  },

  validate(pod, old) {
    const errors = [
      ...ownMetadataErrors(pod, old),
      ...newMetadataErrors(pod, subdomainName),
      ...validatePodAndSpec(pod),
    ];
    if (old.metadata?.annotations?.[MIRROR] !== undefined)
      return [forbiddenField(path(), 'static pods do not support ephemeral containers')];
    checkKept(errors, pod.spec?.ephemeralContainers ?? [], old.spec?.ephemeralContainers ?? []);
    return errors;
  },
};

/** What is there stays there, as it is; a patch may change the order. */
function checkKept(
  errors: FieldError[],
  now: readonly EphemeralContainer[],
  before: readonly EphemeralContainer[],
): void {
  const byName = new Map(now.map((container) => [container.name, container]));
  for (const container of before) {
    const { name } = container;
    const next = byName.get(name);
    if (!next) errors.push(forbiddenField(CONTAINERS, `existing ephemeral containers "${name}" may not be removed\n`));
    else if (!deepEqual(next, container)) {
      const changes = describeChanges('core.EphemeralContainer', next, container);
      errors.push(forbiddenField(CONTAINERS, `existing ephemeral containers "${name}" may not be changed\n${changes}`));
    }
  }
}
