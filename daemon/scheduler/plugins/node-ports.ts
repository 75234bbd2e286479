/** NodePorts: no two pods of a node share a host port, unless on different addresses. */

import { ANY_ADDRESS, type HostPort } from '../../kinds/common/pod/host-ports.ts';
import type { NodeInfo } from '../node-info.ts';
import type { LocalFilter } from './plugin.ts';

const MISFIT = { reasons: ["node(s) didn't have free ports for the requested pod ports"], resolvable: true };

export const nodePorts: LocalFilter = {
  name: 'NodePorts',
  filter: (pod, node) =>
    pod.hostPorts.length > 0 && pod.hostPorts.some((port) => isTaken(node, port)) ? MISFIT : undefined,
};

function isTaken(node: NodeInfo, { protocol, ip, port }: HostPort): boolean {
  if (ip !== ANY_ADDRESS)
    return node.ports.has(`${protocol}/${ip}/${port}`) || node.ports.has(`${protocol}/${ANY_ADDRESS}/${port}`);
  for (const key of node.ports.keys()) {
    const [otherProtocol, rest] = [key.slice(0, key.indexOf('/')), key.slice(key.lastIndexOf('/') + 1)];
    if (otherProtocol === protocol && rest === String(port)) return true;
  }
  return false;
}
