/**
 * Executes network actions with `ip -batch`: at most two processes for a pod. Idempotent: what is there already is no error.
 * Must not decide anything.
 */

import { type HostNamespace, inNamespace } from '../base/host-namespace.ts';
import { run } from '../base/process.ts';
import type { DesiredNetwork, NetworkAction } from './decide.ts';
import {
  BRIDGE,
  hardwareAddress,
  linkAlias,
  linkName,
  netnsName,
  SERVICE_RULE_PRIORITY,
  SERVICE_TABLE,
} from './names.ts';

export type NetworkSettings = Pick<DesiredNetwork, 'gateway' | 'gatewayWithBits' | 'bits' | 'mtu' | 'serviceCidr'>;

export interface NetworkExecutor {
  execute(action: NetworkAction): Promise<void>;
  /** A new pod at once: namespace, cable, address. */
  plumb(uid: string, ip: string): Promise<void>;
}

export interface ExecutorOptions {
  namespace: HostNamespace;
  settings: NetworkSettings;
  /** A process inside the pod, if one runs: a lost name is bound to its namespace again instead of cutting it off. */
  findProcess(uid: string): Promise<number | undefined>;
}

export function createExecutor(options: ExecutorOptions): NetworkExecutor {
  const { settings } = options;
  const host = (lines: readonly string[], force = false) => batch(options.namespace, undefined, lines, force);
  const inside = (uid: string, lines: readonly string[]) => batch(options.namespace, netnsName(uid), lines, false);
  const executors: {
    [Type in NetworkAction['type']]: (action: Extract<NetworkAction, { type: Type }>) => Promise<void>;
  } = {
    'create-bridge': () => host(createBridge(settings)),
    'set-bridge': ({ dropAddresses }) =>
      host([...dropAddresses.map((address) => `addr del ${address} dev ${BRIDGE}`), ...setBridge(settings)]),
    'set-service-route': ({ addRule, dropRules }) => host(setServiceRoute(settings, addRule, dropRules)),
    'create-namespace': async ({ uid, replace }) => {
      const name = netnsName(uid);
      if (replace) await host([`netns del ${name}`], true);
      const pid = await options.findProcess(uid);
      await host([pid === undefined ? `netns add ${name}` : `netns attach ${name} ${pid}`]);
    },
    connect: async ({ uid, ip, replace }) => {
      if (replace) await host([`link del ${linkName(uid)}`], true);
      await host(connect(uid, ip, settings));
    },
    'set-port': ({ uid }) => host(setPort(uid)),
    'set-inside': ({ uid, ip, dropAddresses }) =>
      inside(uid, [...dropAddresses.map((address) => `addr del ${address} dev eth0`), ...setInside(ip, settings)]),
    'remove-pod': ({ uid }) => host([`link del ${linkName(uid)}`, `netns del ${netnsName(uid)}`], true),
    'remove-link': ({ name }) => host([`link del ${name}`], true),
  };
  return {
    execute: (action) => (executors[action.type] as (action: NetworkAction) => Promise<void>)(action),
    async plumb(uid, ip) {
      await host([`netns add ${netnsName(uid)}`, ...connect(uid, ip, settings)]);
      await inside(uid, setInside(ip, settings));
    },
  };
}

function createBridge(settings: NetworkSettings): string[] {
  const address = hardwareAddress(settings.gateway);
  return [`link add name ${BRIDGE} address ${address} mtu ${settings.mtu} type bridge`, ...setBridge(settings)];
}

function setBridge(settings: NetworkSettings): string[] {
  return [`link set ${BRIDGE} mtu ${settings.mtu} up`, `addr replace ${settings.gatewayWithBits} dev ${BRIDGE}`];
}

function setServiceRoute(settings: NetworkSettings, addRule: boolean, dropRules: number): string[] {
  const { gateway, serviceCidr } = settings;
  const drop = Array.from({ length: dropRules }, () => `rule del pref ${SERVICE_RULE_PRIORITY}`);
  const add = `rule add pref ${SERVICE_RULE_PRIORITY} iif lo to ${serviceCidr} lookup ${SERVICE_TABLE}`;
  const route = `route replace ${serviceCidr} dev ${BRIDGE} src ${gateway} table ${SERVICE_TABLE}`;
  return [...drop, ...(addRule ? [add] : []), route];
}

function connect(uid: string, ip: string, settings: NetworkSettings): string[] {
  const name = linkName(uid);
  const { mtu } = settings;
  return [
    `link add name ${name} mtu ${mtu} type veth peer name eth0 mtu ${mtu} address ${hardwareAddress(ip)} netns ${netnsName(uid)}`,
    ...setPort(uid),
  ];
}

/** Hairpin: with bridge-nf-call-iptables a pod's packet to its own service must leave by the port it came in. */
function setPort(uid: string): string[] {
  const name = linkName(uid);
  return [
    `link set ${name} master ${BRIDGE} alias ${linkAlias(uid)} up`,
    `link set ${name} type bridge_slave hairpin on`,
  ];
}

function setInside(ip: string, settings: NetworkSettings): string[] {
  return [
    'link set lo up',
    `addr replace ${ip}/${settings.bits} dev eth0`,
    'link set eth0 up',
    `route replace default via ${settings.gateway}`,
  ];
}

/** `force`: go on after a failing line and report none; for taking away what may be gone already. */
async function batch(
  namespace: HostNamespace,
  netns: string | undefined,
  lines: readonly string[],
  force: boolean,
): Promise<void> {
  const args = [...(netns ? ['-n', netns] : []), ...(force ? ['-force'] : []), '-batch', '-'];
  const command = inNamespace(namespace, 'ip', args);
  const result = await run(command.program, command.args, { input: `${lines.join('\n')}\n` });
  if (result.exitCode === 0 || force) return;
  throw new Error(
    `ip${netns ? ` in ${netns}` : ''}: ${result.stderr.trim().replaceAll('\n', '; ')} (of: ${lines.join('; ')})`,
  );
}
