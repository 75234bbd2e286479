/**
 * Services as environment variables (`pkg/kubelet/envvars`): those of the pod's namespace, and `kubernetes` always. Pure.
 */

import type { Service } from '../../kinds/types.generated.ts';

const variableName = (name: string) => name.replaceAll('-', '_').toUpperCase();
const hasAddress = ({ spec }: Readonly<Service>) => Boolean(spec?.clusterIP) && spec?.clusterIP !== 'None';
const isMaster = ({ metadata }: Readonly<Service>) =>
  metadata?.namespace === 'default' && metadata.name === 'kubernetes';

/** `services`: at least those of the namespace and `default/kubernetes`. `links`: `enableServiceLinks`. */
export function serviceEnvironment(
  services: readonly Readonly<Service>[],
  namespace: string,
  links: boolean,
): Map<string, string> {
  const chosen = new Map<string, Readonly<Service>>();
  for (const service of services) {
    const name = service.metadata?.name ?? '';
    if (!hasAddress(service)) continue;
    if (isMaster(service)) chosen.set(name, chosen.get(name) ?? service);
    else if (links && service.metadata?.namespace === namespace) chosen.set(name, service);
  }
  const variables = new Map<string, string>();
  for (const name of [...chosen.keys()].sort()) addService(variables, chosen.get(name)!);
  return variables;
}

function addService(variables: Map<string, string>, { metadata, spec }: Readonly<Service>): void {
  const prefix = variableName(metadata?.name ?? '');
  const address = spec?.clusterIP ?? '';
  const ports = spec?.ports ?? [];
  variables.set(`${prefix}_SERVICE_HOST`, address);
  for (const [index, { name, port, protocol = 'TCP' }] of ports.entries()) {
    if (index === 0) variables.set(`${prefix}_SERVICE_PORT`, String(port));
    if (name) variables.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port));
    const scheme = protocol.toLowerCase();
    const host = address.includes(':') ? `[${address}]` : address;
    if (index === 0) variables.set(`${prefix}_PORT`, `${scheme}://${host}:${port}`);
    const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    variables.set(link, `${scheme}://${host}:${port}`);
    variables.set(`${link}_PROTO`, scheme);
    variables.set(`${link}_PORT`, String(port));
    variables.set(`${link}_ADDR`, address);
  }
}
