/**
 * ServiceAccount: every Pod runs as a service account that exists, gets that account's token mounted, and its pull secrets; where the account says so,
 * it names no other Secrets than the account's.
 */

import type { Ids } from '../../base/clock.ts';
import { goQuote } from '../../base/go-quote.ts';
import { pathSegmentName } from '../../kinds/common/names.ts';
import { PODS, SERVICE_ACCOUNTS } from '../../kinds/resources.ts';
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '../../kinds/types.generated.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import { type Attributes, isCore, type Plugin, type Refusal, refuse } from '../plugin.ts';
import { checkMountableSecrets } from './mountable-secrets.ts';

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** Of `util/names`: what follows a generated name's prefix. */
const SUFFIX_LENGTH = 5;
/** An hour and seven seconds: the odd number tells these tokens from ones that were asked for (KEP-1205). */
const TOKEN_SECONDS = 3607;
const FILE_MODE = 0o644;
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

export const serviceAccount: Plugin = {
  name: 'ServiceAccount',

  mutate(attributes: Attributes, environment: AdmissionEnvironment): Refusal | undefined {
    if (attributes.operation !== 'create' || !isCore(attributes, 'pods')) return undefined;
    const pod = attributes.object as Pod;
    const { spec } = pod;
    if (!spec) return undefined;
    if (pod.metadata?.annotations?.[MIRROR_ANNOTATION] !== undefined) return checkMirrorPod(attributes, spec);
    if (!spec.serviceAccountName) spec.serviceAccountName = spec.serviceAccount || 'default';
    spec.serviceAccount = spec.serviceAccountName;
    const name = spec.serviceAccountName;
    const namespace = attributes.namespace ?? '';
    const account = environment.cluster.get(SERVICE_ACCOUNTS, { namespace, name }) as ServiceAccount | undefined;
    if (!account)
      return refuse(
        attributes,
        'spec.serviceAccountName',
        `error looking up service account ${namespace}/${name}: ${whyNone(name)}`,
        `a ServiceAccount that exists in namespace ${namespace}`,
      );
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true)
      mountToken(spec, environment.ids);
    if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
      spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ name: secret.name }));
    return undefined;
  },

  validate(attributes: Attributes, environment: AdmissionEnvironment): Refusal | undefined {
    const { kind, operation, subresource, namespace = '' } = attributes;
    if (kind.resource.group !== '' || kind.resource.plural !== PODS.plural) return undefined;
    const isNew = operation === 'create' && subresource === '';
    if (!isNew && !(operation === 'update' && subresource === 'ephemeralcontainers')) return undefined;
    const pod = attributes.object as Pod;
    const name = pod.spec?.serviceAccountName;
    if (!name) return undefined; // a mirror pod
    const account = environment.cluster.get(SERVICE_ACCOUNTS, { namespace, name }) as ServiceAccount | undefined;
    const refused = account && checkMountableSecrets(pod, account, !isNew);
    return refused && refuse(attributes, refused.fieldPath, refused.why);
  },
};

/** A mirror pod shows what a node runs by itself: it may hold nothing that the API would have to hand out. */
/** What is no name at all is not even asked for. */
function whyNone(name: string): string {
  const problems = pathSegmentName(name, false);
  if (problems.length > 0) return `invalid resource name ${goQuote(name)}: [${problems.join(' ')}]`;
  return `serviceaccount ${goQuote(name)} not found`;
}

function checkMirrorPod(attributes: Attributes, spec: PodSpec): Refusal | undefined {
  if (spec.serviceAccountName)
    return refuse(attributes, 'spec.serviceAccountName', 'a mirror pod may not reference service accounts');
  if (referencesSecrets(spec)) return refuse(attributes, 'spec', 'a mirror pod may not reference secrets');
  if (spec.volumes?.some((volume) => volume.projected?.sources?.some((source) => source.serviceAccountToken)))
    return refuse(attributes, 'spec.volumes', 'a mirror pod may not use ServiceAccountToken volume projections');
  return undefined;
}

function referencesSecrets(spec: PodSpec): boolean {
  const byVolume = spec.volumes?.some(
    (volume) => volume.secret || volume.projected?.sources?.some((source) => source.secret),
  );
  const byContainer = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].some(
    (container) =>
      container.env?.some((one) => one.valueFrom?.secretKeyRef) || container.envFrom?.some((one) => one.secretRef),
  );
  return Boolean(byVolume || byContainer || spec.imagePullSecrets?.length);
}

/** Mounts the token where no container has something of its own at that path. */
function mountToken(spec: PodSpec, ids: Ids): void {
  const present = spec.volumes?.find((volume) => volume.name?.startsWith(VOLUME_PREFIX));
  const name = present?.name ?? VOLUME_PREFIX + ids.suffix(SUFFIX_LENGTH);
  const initMounted = (spec.initContainers ?? []).filter((container) => addMount(container, name)).length;
  const mounted = (spec.containers ?? []).filter((container) => addMount(container, name)).length;
  if (!present && initMounted + mounted > 0) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function addMount(container: Container, name: string): boolean {
  if (container.volumeMounts?.some((mount) => mount.mountPath === MOUNT_PATH)) return false;
  container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }];
  return true;
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: FILE_MODE,
    },
  };
}
