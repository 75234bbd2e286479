/**
 * What a Service is given and keeps (`pkg/registry/core/service/strategy.go`): values that were allocated stay unless they are
 * asked to change, and go when the type no longer needs them.
 */

import { deepEqual } from '../../base/json.ts';
import { restore } from '../common/strategy.ts';
import type { Service, ServicePort, ServiceSpec } from '../types.generated.ts';
import { isExternallyAccessible } from './defaults.ts';

const needsClusterIp = ({ type }: ServiceSpec) =>
  type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer';
const needsNodePort = ({ type, allocateLoadBalancerNodePorts }: ServiceSpec) =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
const needsHealthCheckPort = ({ type, externalTrafficPolicy }: ServiceSpec) =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';

export function prepareForCreate(service: Service): void {
  service.status = { loadBalancer: {} };
  const spec = service.spec ?? {};
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
}

export function prepareForUpdate(service: Service, old: Readonly<Service>): void {
  restore(service, old, 'status');
  const spec = service.spec ?? {};
  const before = old.spec ?? {};
  keepAllocated(spec, before);
  alignClusterIps(spec, before);
  dropUnneeded(spec, before);
  if (spec.type !== 'LoadBalancer') service.status = { ...service.status, loadBalancer: {} };
}

export function prepareForStatusUpdate(service: Service, old: Readonly<Service>): void {
  restore(service, old, 'spec');
}

/** What was allocated and is not named in the update stays. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === old.clusterIP && old.clusterIPs) {
      spec.clusterIPs = [...old.clusterIPs];
    }
    spec.ipFamilyPolicy ??= old.ipFamilyPolicy;
    if (!spec.ipFamilies?.length && old.ipFamilies) spec.ipFamilies = [...old.ipFamilies];
  }
  if (needsNodePort(old) && needsNodePort(spec)) keepNodePorts(spec.ports ?? [], old.ports ?? []);
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec)) spec.healthCheckNodePort ||= old.healthCheckNodePort;
}

function keepNodePorts(ports: ServicePort[], old: readonly ServicePort[]): void {
  const asked = new Set(ports.map(({ nodePort }) => nodePort));
  const used = new Set(old.map(({ nodePort }) => nodePort).filter((port) => port && asked.has(port)));
  const byName = new Map(old.map(({ name, nodePort }) => [name ?? '', nodePort]));
  for (const port of ports) {
    if (port.nodePort) continue;
    const before = byName.get(port.name ?? '');
    if (before && !used.has(before)) port.nodePort = before;
  }
}

/** `clusterIP` and the first of `clusterIPs` are one value: a change of either, alone, changes both. */
function alignClusterIps(spec: ServiceSpec, old: ServiceSpec): void {
  const same = deepEqual(spec.clusterIPs ?? [], old.clusterIPs ?? []);
  if (old.clusterIP && !spec.clusterIP) {
    if (same) delete spec.clusterIPs;
  } else if (spec.clusterIP && spec.clusterIP !== old.clusterIP) {
    if (!spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    else if (same) spec.clusterIPs = [spec.clusterIP, ...spec.clusterIPs.slice(1)];
  }
}

/** What the new type has no use for goes, if the update left it as it was. */
function dropUnneeded(spec: ServiceSpec, old: ServiceSpec): void {
  const drop = <K extends keyof ServiceSpec>(field: K) => {
    if (deepEqual(spec[field] ?? null, old[field] ?? null)) delete spec[field];
  };
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    for (const field of ['clusterIPs', 'clusterIP', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const) {
      drop(field);
    }
  }
  if (needsNodePort(old) && !needsNodePort(spec) && sameNodePorts(spec, old)) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec)) drop('healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    drop('allocateLoadBalancerNodePorts');
    drop('loadBalancerClass');
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) drop('externalTrafficPolicy');
}

function sameNodePorts(spec: ServiceSpec, old: ServiceSpec): boolean {
  const numbers = ({ ports }: ServiceSpec) => [...new Set((ports ?? []).map(({ nodePort }) => nodePort ?? 0))].sort();
  return deepEqual(numbers(spec).filter(Boolean), numbers(old).filter(Boolean));
}
