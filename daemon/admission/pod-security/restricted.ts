/**
 * The checks that the level restricted adds to baseline's, as Kubernetes 1.32 has them, version by version.
 */

import type { Volume } from '../../kinds/types.generated.ts';
import { seccompProfiles } from './baseline.ts';
import {
  type AnyContainer,
  type Check,
  type CheckedPod,
  containersOf,
  containersText,
  isWindows,
  joinQuoted,
  namesOf,
  pluralize,
  settersText,
  sortedSet,
  type Violation,
} from './check.ts';

const ALLOWED_VOLUMES: readonly (keyof Volume)[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
/** In the order in which upstream looks; any other is called unknown. */
const RESTRICTED_VOLUMES: readonly (keyof Volume)[] = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
];

const unlessWindows =
  (check: Check['check']): Check['check'] =>
  (pod) =>
    isWindows(pod) ? undefined : check(pod);

/** In the order in which they are told. */
export const RESTRICTED: readonly Check[] = [
  { id: 'allowPrivilegeEscalation', since: 8, check: privilegeEscalation },
  { id: 'allowPrivilegeEscalation', since: 25, check: unlessWindows(privilegeEscalation) },
  { id: 'capabilities_restricted', since: 22, overrides: ['capabilities_baseline'], check: capabilities },
  {
    id: 'capabilities_restricted',
    since: 25,
    overrides: ['capabilities_baseline'],
    check: unlessWindows(capabilities),
  },
  { id: 'restrictedVolumes', since: 0, overrides: ['hostPathVolumes'], check: volumes },
  { id: 'runAsNonRoot', since: 0, check: runAsNonRoot },
  { id: 'runAsUser', since: 23, check: runAsUser },
  { id: 'seccompProfile_restricted', since: 19, overrides: ['seccompProfile_baseline'], check: seccomp },
  {
    id: 'seccompProfile_restricted',
    since: 25,
    overrides: ['seccompProfile_baseline'],
    check: unlessWindows(seccomp),
  },
];

function privilegeEscalation(pod: CheckedPod): Violation | undefined {
  const names = namesOf(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

function capabilities(pod: CheckedPod): Violation | undefined {
  const of = ({ securityContext }: AnyContainer) => securityContext?.capabilities;
  const forbidden = (container: AnyContainer) => (of(container)?.add ?? []).filter((one) => one !== 'NET_BIND_SERVICE');
  const keeping = namesOf(pod, (container) => !of(container)?.drop?.includes('ALL'));
  const adding = namesOf(pod, (container) => forbidden(container).length > 0);
  const details: string[] = [];
  if (keeping.length > 0) details.push(`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) {
    const added = joinQuoted(sortedSet(containersOf(pod.spec).flatMap(forbidden)));
    details.push(`${containersText(adding)} must not include ${added} in securityContext.capabilities.add`);
  }
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
}

function volumes({ spec }: CheckedPod): Violation | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => !ALLOWED_VOLUMES.some((type) => volume[type]));
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map((volume) => RESTRICTED_VOLUMES.find((type) => volume[type]) ?? 'unknown'));
  const names = bad.map(({ name }) => name);
  const subject = `${pluralize('volume', 'volumes', names.length)} ${joinQuoted(names)}`;
  const object = pluralize('restricted volume type', 'restricted volume types', types.length);
  return {
    reason: 'restricted volume types',
    detail: `${subject} ${pluralize('uses', 'use', names.length)} ${object} ${joinQuoted(types)}`,
  };
}

function runAsNonRoot(pod: CheckedPod): Violation | undefined {
  const reason = 'runAsNonRoot != true';
  const ofPod = pod.spec.securityContext?.runAsNonRoot;
  const setters = settersText(
    ofPod === false,
    namesOf(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false),
  );
  if (setters) return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  if (ofPod) return undefined;
  const silent = namesOf(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true` };
}

function runAsUser(pod: CheckedPod): Violation | undefined {
  const setters = settersText(
    pod.spec.securityContext?.runAsUser === 0,
    namesOf(pod, ({ securityContext }) => securityContext?.runAsUser === 0),
  );
  return setters ? { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` } : undefined;
}

function seccomp(pod: CheckedPod): Violation | undefined {
  const bad = seccompProfiles(pod);
  if (bad || pod.spec.securityContext?.seccompProfile) return bad;
  const silent = namesOf(pod, ({ securityContext }) => !securityContext?.seccompProfile);
  if (silent.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `pod or ${containersText(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
}
