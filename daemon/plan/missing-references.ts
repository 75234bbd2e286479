/**
 * Which ConfigMaps and Secrets a pod needs before its containers can be made, as the agent demands them: those of environment and volumes that are
 * not optional. Pure.
 */

import type { Pod } from '../kinds/types.generated.ts';

interface Reference {
  kind: 'configmap' | 'secret';
  name: string;
}

interface Optional {
  name?: string;
  optional?: boolean;
}

/** `configmap "web" not found`, or undefined when nothing is missing. */
export function missingReference(
  pod: Readonly<Pod>,
  exists: (kind: Reference['kind'], name: string) => boolean,
): string | undefined {
  for (const { kind, name } of referencesOf(pod)) if (!exists(kind, name)) return `${kind} "${name}" not found`;
  return undefined;
}

function referencesOf({ spec }: Readonly<Pod>): Reference[] {
  const found: Reference[] = [];
  const add = (kind: Reference['kind'], reference: Readonly<Optional> | undefined) => {
    if (reference?.name && reference.optional !== true) found.push({ kind, name: reference.name });
  };
  for (const { env, envFrom } of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    for (const { valueFrom } of env ?? []) {
      add('configmap', valueFrom?.configMapKeyRef);
      add('secret', valueFrom?.secretKeyRef);
    }
    for (const { configMapRef, secretRef } of envFrom ?? []) {
      add('configmap', configMapRef);
      add('secret', secretRef);
    }
  }
  for (const { configMap, secret, projected } of spec?.volumes ?? []) {
    add('configmap', configMap);
    if (secret?.secretName) add('secret', { name: secret.secretName, optional: secret.optional });
    for (const source of projected?.sources ?? []) {
      add('configmap', source.configMap);
      add('secret', source.secret);
    }
  }
  return found;
}
