/**
 * Which Secrets a Pod may name whose service account is annotated `kubernetes.io/enforce-mountable-secrets`: those that the account lists
 * (`plugin/pkg/admission/serviceaccount`, limitSecretReferences). Pure. Messages are upstream's.
 */

import type { Pod, ServiceAccount } from '../../kinds/types.generated.ts';

const ANNOTATION = 'kubernetes.io/enforce-mountable-secrets';
/** As Go's strconv.ParseBool reads them. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

export interface SecretRefusal {
  readonly fieldPath: string;
  readonly why: string;
}

type References = Pick<NonNullable<NonNullable<Pod['spec']>['containers']>[number], 'name' | 'env' | 'envFrom'>;

/** `isUpdate`: only ephemeral containers have come to it. */
export function checkMountableSecrets(
  { spec }: Readonly<Pod>,
  account: Readonly<ServiceAccount>,
  isUpdate: boolean,
): SecretRefusal | undefined {
  const name = account.metadata?.name ?? '';
  if (!TRUE.has(account.metadata?.annotations?.[ANNOTATION] ?? '')) return undefined;
  const mountable = new Set((account.secrets ?? []).map((secret) => secret.name));
  const because = `is not allowed because service account ${name} does not reference that secret`;
  const inContainers = (containers: readonly References[] = [], what: string, field: string) => {
    for (const [index, container] of containers.entries()) {
      const named = foreignReference(container, mountable);
      if (!named) continue;
      const why = `${what} ${container.name} with ${named.by} referencing secret.secretName="${named.secret}" ${because}`;
      return { fieldPath: `spec.${field}[${index}]`, why };
    }
    return undefined;
  };
  if (isUpdate) return inContainers(spec?.ephemeralContainers, 'ephemeral container', 'ephemeralContainers');
  for (const [index, { secret }] of (spec?.volumes ?? []).entries()) {
    if (!secret || mountable.has(secret.secretName)) continue;
    const why = `volume with secret.secretName="${secret.secretName ?? ''}" ${because}`;
    return { fieldPath: `spec.volumes[${index}].secret.secretName`, why };
  }
  return (
    inContainers(spec?.initContainers, 'init container', 'initContainers') ??
    inContainers(spec?.containers, 'container', 'containers') ??
    foreignPullSecret(spec?.imagePullSecrets, account)
  );
}

function foreignReference(
  { env = [], envFrom = [] }: References,
  mountable: ReadonlySet<string | undefined>,
): { by: string; secret: string } | undefined {
  for (const { name, valueFrom } of env) {
    const secret = valueFrom?.secretKeyRef?.name;
    if (valueFrom?.secretKeyRef && !mountable.has(secret)) return { by: `envVar ${name}`, secret: secret ?? '' };
  }
  for (const { secretRef } of envFrom)
    if (secretRef && !mountable.has(secretRef.name)) return { by: 'envFrom', secret: secretRef.name ?? '' };
  return undefined;
}

function foreignPullSecret(
  secrets: readonly { name?: string }[] = [],
  account: Readonly<ServiceAccount>,
): SecretRefusal | undefined {
  const known = new Set((account.imagePullSecrets ?? []).map(({ name }) => name));
  const index = secrets.findIndex(({ name }) => !known.has(name));
  if (index < 0) return undefined;
  const why = `imagePullSecrets[${index}].name="${secrets[index]!.name ?? ''}" is not allowed because service account ${account.metadata?.name} does not reference that imagePullSecret`;
  return { fieldPath: `spec.imagePullSecrets[${index}].name`, why };
}
