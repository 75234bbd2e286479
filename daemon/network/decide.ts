/**
 * What must be done so that the pods' networks are as desired. Pure, synchronous, total; changes nothing.
 *
 * Only links whose alias says that they are ours, and namespaces that this node recorded, are ever removed. A pod whose inside was not
 * looked at is judged by its outside alone.
 */

import { linkName, netnsName } from './names.ts';
import type { HostState, InsideState } from './observe.ts';

export interface Attachment {
  readonly uid: string;
  readonly ip: string;
}

export interface DesiredNetwork {
  /** `10.244.0.1/24` */
  readonly gatewayWithBits: string;
  readonly gateway: string;
  readonly bits: number;
  readonly mtu: number;
  /** See `SERVICE_TABLE`. */
  readonly serviceCidr: string | undefined;
  readonly attachments: readonly Attachment[];
  /** Uids that are being attached or detached at this moment: leave alone. */
  readonly busy: ReadonlySet<string>;
  /** Uids that have a record but no desired attachment; only after the agent has told all its pods. */
  readonly leaked: readonly string[];
  /** Remove own-looking links of unknown pods. */
  readonly mayRemoveLinks: boolean;
}

export type NetworkAction =
  | { type: 'create-bridge' }
  | { type: 'set-bridge'; dropAddresses: readonly string[] }
  | { type: 'set-service-route'; addRule: boolean; dropRules: number }
  | { type: 'create-namespace'; uid: string; replace: boolean }
  | { type: 'connect'; uid: string; ip: string; replace: boolean }
  | { type: 'set-port'; uid: string }
  | { type: 'set-inside'; uid: string; ip: string; dropAddresses: readonly string[] }
  | { type: 'remove-pod'; uid: string }
  | { type: 'remove-link'; name: string };

/** `insides`: what was seen within namespaces, for the pods that were looked at. */
export function decideNetwork(
  desired: DesiredNetwork,
  host: HostState,
  insides: ReadonlyMap<string, InsideState>,
): NetworkAction[] {
  const actions: NetworkAction[] = [...decideBridge(desired, host), ...decideServiceRoute(desired, host)];
  for (const attachment of desired.attachments) {
    if (!desired.busy.has(attachment.uid))
      actions.push(...decidePod(attachment, desired, host, insides.get(attachment.uid)));
  }
  for (const uid of desired.leaked) if (!desired.busy.has(uid)) actions.push({ type: 'remove-pod', uid });
  if (desired.mayRemoveLinks) actions.push(...decideStrayLinks(desired, host));
  return actions;
}

function decideBridge(desired: DesiredNetwork, host: HostState): NetworkAction[] {
  const { bridge } = host;
  if (!bridge) return [{ type: 'create-bridge' }];
  const dropAddresses = bridge.addresses.filter((address) => address !== desired.gatewayWithBits);
  const hasAddress = bridge.addresses.length === 1 && dropAddresses.length === 0;
  if (hasAddress && bridge.isUp && bridge.mtu === desired.mtu) return [];
  return [{ type: 'set-bridge', dropAddresses }];
}

function decideServiceRoute({ serviceCidr }: DesiredNetwork, host: HostState): NetworkAction[] {
  if (serviceCidr === undefined) return [];
  const isOneRule = host.serviceRules.length === 1 && host.serviceRules[0] === serviceCidr;
  if (isOneRule && host.serviceRoutes.includes(serviceCidr)) return [];
  return [{ type: 'set-service-route', addRule: !isOneRule, dropRules: isOneRule ? 0 : host.serviceRules.length }];
}

function decidePod(
  pod: Attachment,
  desired: DesiredNetwork,
  host: HostState,
  inside: InsideState | undefined,
): NetworkAction[] {
  const { uid, ip } = pod;
  const setInside: NetworkAction = { type: 'set-inside', uid, ip, dropAddresses: [] };
  const isMissing = !host.namespaces.has(netnsName(uid));
  if (isMissing || inside === 'broken') {
    return [
      { type: 'create-namespace', uid, replace: !isMissing },
      { type: 'connect', uid, ip, replace: true },
      setInside,
    ];
  }
  const port = host.ports.get(linkName(uid));
  const hasDevice = inside === undefined || inside.hasDevice;
  if (!port || port.uid !== uid || !hasDevice) {
    return [{ type: 'connect', uid, ip, replace: port !== undefined }, setInside];
  }
  const actions: NetworkAction[] = [];
  if (!port.isOnBridge || !port.isUp || !port.isHairpin) actions.push({ type: 'set-port', uid });
  if (inside) {
    const wanted = `${ip}/${desired.bits}`;
    const others = inside.addresses.filter((address) => address !== wanted);
    const isRight = others.length === 0 && inside.addresses.length === 1 && inside.isUp && inside.isLoopbackUp;
    if (!isRight || inside.gateway !== desired.gateway) actions.push({ ...setInside, dropAddresses: others });
  }
  return actions;
}

/** Links that carry our mark for a pod that is neither desired nor in work. */
function decideStrayLinks(desired: DesiredNetwork, host: HostState): NetworkAction[] {
  const known = new Set([...desired.attachments.map((pod) => pod.uid), ...desired.busy, ...desired.leaked]);
  const stray: NetworkAction[] = [];
  for (const [name, port] of host.ports) {
    if (port.uid !== undefined && !known.has(port.uid) && name === linkName(port.uid))
      stray.push({ type: 'remove-link', name });
  }
  return stray;
}
