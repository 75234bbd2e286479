/**
 * A container's environment variables: services', then envFrom, then env, each later one winning (`kubelet_pods.go`). Pure, given the objects
 * that it names.
 */

import type { ConfigMap, Container, EnvVarSource, Pod, Secret, Service } from '../../kinds/types.generated.ts';
import { readPodField, readResourceField } from './downward.ts';
import { expandVariables } from './expand.ts';
import { serviceEnvironment } from './service-environment.ts';

/** Why a container cannot be made now: CreateContainerConfigError. */
export class ConfigProblem extends Error {}

export interface EnvironmentSources {
  configMap(namespace: string, name: string): Readonly<ConfigMap> | undefined;
  secret(namespace: string, name: string): Readonly<Secret> | undefined;
  services(namespace: string): readonly Readonly<Service>[];
  allocatable(): Readonly<Record<string, string>>;
}

/** Throws ConfigProblem with the kubelet's words when something that is not optional is missing. */
export function resolveEnvironment(
  pod: Readonly<Pod>,
  container: Readonly<Container>,
  sources: EnvironmentSources,
): Map<string, string> {
  const namespace = pod.metadata?.namespace ?? '';
  const links = pod.spec?.enableServiceLinks !== false;
  const services = serviceEnvironment(sources.services(namespace), namespace, links);
  const own = new Map<string, string>();
  for (const source of container.envFrom ?? []) addAll(own, source, namespace, sources);
  for (const { name, value, valueFrom } of container.env ?? []) {
    const text = valueFrom
      ? readValueFrom(valueFrom, pod, container, sources)
      : expandVariables(value ?? '', new Map([...services, ...own]));
    if (text !== undefined) own.set(name, text);
  }
  return new Map([...services, ...own]);
}

type EnvFrom = NonNullable<Container['envFrom']>[number];

function addAll(
  variables: Map<string, string>,
  { prefix = '', configMapRef, secretRef }: Readonly<EnvFrom>,
  namespace: string,
  sources: EnvironmentSources,
): void {
  if (configMapRef) {
    const { name = '', optional } = configMapRef;
    const object = sources.configMap(namespace, name);
    if (!object && !optional) throw new ConfigProblem(`configmap "${name}" not found`);
    for (const [key, value] of Object.entries(object?.data ?? {})) variables.set(`${prefix}${key}`, value);
  }
  if (secretRef) {
    const { name = '', optional } = secretRef;
    const object = sources.secret(namespace, name);
    if (!object && !optional) throw new ConfigProblem(`secret "${name}" not found`);
    for (const [key, value] of Object.entries(object?.data ?? {})) variables.set(`${prefix}${key}`, decode(value));
  }
}

const decode = (base64: string) => Buffer.from(base64, 'base64').toString('utf8');

function readValueFrom(
  { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef }: Readonly<EnvVarSource>,
  pod: Readonly<Pod>,
  container: Readonly<Container>,
  sources: EnvironmentSources,
): string | undefined {
  const { namespace = '', name: podName } = pod.metadata ?? {};
  if (fieldRef) return readPodField(pod, fieldRef.fieldPath);
  if (resourceFieldRef) return readResourceField(pod, resourceFieldRef, sources.allocatable(), container);
  if (configMapKeyRef) {
    const { name = '', key, optional } = configMapKeyRef;
    const object = sources.configMap(namespace, name);
    if (!object && !optional) throw new ConfigProblem(`configmap "${name}" not found`);
    const value = object?.data?.[key];
    if (value === undefined && !optional)
      throw new ConfigProblem(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
    return value;
  }
  if (secretKeyRef) {
    const { name = '', key, optional } = secretKeyRef;
    const object = sources.secret(namespace, name);
    if (!object && !optional) throw new ConfigProblem(`secret "${name}" not found`);
    const value = object?.data?.[key];
    if (value === undefined && !optional)
      throw new ConfigProblem(`couldn't find key ${key} in Secret ${namespace}/${name}`);
    return value === undefined ? undefined : decode(value);
  }
  throw new ConfigProblem(`an environment variable of pod ${podName} has a valueFrom that names no source`);
}
