/**
 * The rules of a Service (`pkg/apis/core/validation`: ValidateService, ValidateServiceUpdate, ValidateServiceStatusUpdate).
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notSupported,
  path,
  required,
} from '../../base/field.ts';
import { ipFamily } from '../../base/ip.ts';
import { portNumberProblems } from '../../base/names.ts';
import {
  checkCidr,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkIp,
  checkNonSpecialIp,
  checkPortNumberOrName,
  checkProblems,
  checkQualifiedName,
  checkRequiredOneOf,
} from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { checkLabels, newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { dns1035Name } from '../common/names.ts';
import { PROTOCOLS } from '../common/pod/containers.ts';
import type { Service, ServicePort, ServiceSpec } from '../types.generated.ts';
import { checkAddresses, checkAddressesUpdate, isHeadless } from './addresses.ts';
import { isExternallyAccessible } from './defaults.ts';

const SPEC = path('spec');
const PORTS = SPEC.child('ports');
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const POLICIES = ['Cluster', 'Local'];
const AFFINITY_SECONDS_MAX = 86_400; // one day
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'";

export function validate(service: Readonly<Service>): FieldError[] {
  const errors: FieldError[] = [];
  const spec = service.spec ?? {};
  if (!spec.ports?.length && !isHeadless(spec) && spec.type !== 'ExternalName') errors.push(required(PORTS));
  checkTypeFields(errors, spec);
  checkPorts(errors, spec.ports ?? []);
  checkLabels(errors, spec.selector, SPEC.child('selector'));
  checkAffinity(errors, spec);
  checkAddresses(errors, spec);
  spec.externalIPs?.forEach((address, index) => {
    const at = SPEC.child('externalIPs').index(index);
    if (checkIp(errors, at, address)) checkNonSpecialIp(errors, at, address);
  });
  checkRequiredOneOf(errors, SPEC.child('type'), spec.type, TYPES);
  checkNodePorts(errors, spec);
  checkRepeatedPorts(errors, spec.ports ?? []);
  checkSourceRanges(errors, service, spec);
  checkLoadBalancer(errors, spec);
  checkTrafficPolicies(errors, spec);
  return errors;
}

function checkTypeFields(errors: FieldError[], spec: ServiceSpec): void {
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    const detail = `may not be set to 'None' for ${spec.type} services`;
    errors.push(invalidValue(SPEC.child('clusterIPs').index(0), 'None', detail));
  }
  if (spec.type !== 'ExternalName') return;
  const refused = 'may not be set for ExternalName services';
  if (spec.clusterIPs?.length) errors.push(forbiddenField(SPEC.child('clusterIPs'), refused));
  if (spec.ipFamilies?.length) errors.push(forbiddenField(SPEC.child('ipFamilies'), refused));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbiddenField(SPEC.child('ipFamilyPolicy'), refused));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name) checkDns1123Subdomain(errors, SPEC.child('externalName'), name);
  else errors.push(required(SPEC.child('externalName')));
}

function checkPorts(errors: FieldError[], ports: readonly ServicePort[]): void {
  const names = new Set<string>();
  ports.forEach((port, index) => {
    checkPort(errors, port, ports.length > 1, names, PORTS.index(index));
  });
}

function checkPort(
  errors: FieldError[],
  port: ServicePort,
  needsName: boolean,
  names: Set<string>,
  at: FieldPath,
): void {
  if (port.name) {
    checkDns1123Label(errors, at.child('name'), port.name);
    if (names.has(port.name)) errors.push(duplicate(at.child('name'), port.name));
    names.add(port.name);
  } else if (needsName) {
    errors.push(required(at.child('name')));
  }
  checkProblems(errors, at.child('port'), port.port ?? 0, portNumberProblems(port.port ?? 0));
  checkRequiredOneOf(errors, at.child('protocol'), port.protocol, PROTOCOLS);
  checkPortNumberOrName(errors, at.child('targetPort'), port.targetPort);
  if (port.appProtocol !== undefined) checkQualifiedName(errors, at.child('appProtocol'), port.appProtocol);
}

function checkAffinity(errors: FieldError[], spec: ServiceSpec): void {
  checkRequiredOneOf(errors, SPEC.child('sessionAffinity'), spec.sessionAffinity, ['ClientIP', 'None']);
  const at = SPEC.child('sessionAffinityConfig');
  const config = spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'None') {
    if (config) errors.push(forbiddenField(at, 'must not be set when session affinity is None'));
    return;
  }
  if (spec.sessionAffinity !== 'ClientIP') return;
  const why = 'when session affinity type is ClientIP';
  const seconds = config?.clientIP?.timeoutSeconds;
  if (!config) errors.push(required(at, why));
  else if (!config.clientIP) errors.push(required(at.child('clientIP'), why));
  else if (seconds === undefined) errors.push(required(at.child('clientIP', 'timeoutSeconds'), why));
  else if (seconds <= 0 || seconds > AFFINITY_SECONDS_MAX) {
    const detail = `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`;
    errors.push(invalidValue(at.child('clientIP', 'timeoutSeconds'), seconds, detail));
  }
}

function checkNodePorts(errors: FieldError[], spec: ServiceSpec): void {
  const taken = new Set<string>();
  spec.ports?.forEach((port, index) => {
    if (!port.nodePort || spec.type !== 'ClusterIP') return;
    const detail = "may not be used when `type` is 'ClusterIP'";
    errors.push(forbiddenField(PORTS.index(index).child('nodePort'), detail));
  });
  spec.ports?.forEach((port, index) => {
    if (!port.nodePort) return;
    const identity = `${port.protocol} ${port.nodePort}`;
    if (taken.has(identity)) errors.push(duplicate(PORTS.index(index).child('nodePort'), port.nodePort));
    taken.add(identity);
  });
}

function checkRepeatedPorts(errors: FieldError[], ports: readonly ServicePort[]): void {
  const taken = new Set<string>();
  ports.forEach(({ protocol, port }, index) => {
    const identity = `${protocol} ${port}`;
    if (taken.has(identity))
      errors.push(duplicate(PORTS.index(index), goValue('core.ServicePort', { port, protocol })));
    taken.add(identity);
  });
}

function checkSourceRanges(errors: FieldError[], service: Readonly<Service>, spec: ServiceSpec): void {
  const annotation = service.metadata?.annotations?.[SOURCE_RANGES];
  if (spec.loadBalancerSourceRanges?.length) {
    const at = SPEC.child('LoadBalancerSourceRanges');
    if (spec.type !== 'LoadBalancer') errors.push(forbiddenField(at, ONLY_LOAD_BALANCER));
    spec.loadBalancerSourceRanges.forEach((range, index) => {
      checkCidr(errors, at.index(index), range.trim());
    });
  } else if (annotation !== undefined) {
    const at = path('metadata').child('annotations').key(SOURCE_RANGES);
    if (spec.type !== 'LoadBalancer') errors.push(forbiddenField(at, ONLY_LOAD_BALANCER));
    for (const range of annotation.trim() === '' ? [] : annotation.split(',')) checkCidr(errors, at, range.trim());
  }
}

function checkLoadBalancer(errors: FieldError[], spec: ServiceSpec): void {
  if (spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts !== undefined) {
      errors.push(forbiddenField(SPEC.child('allocateLoadBalancerNodePorts'), ONLY_LOAD_BALANCER));
    }
    if (spec.loadBalancerClass !== undefined) {
      errors.push(forbiddenField(SPEC.child('loadBalancerClass'), ONLY_LOAD_BALANCER));
    }
    return;
  }
  if (spec.loadBalancerClass !== undefined) {
    checkQualifiedName(errors, SPEC.child('loadBalancerClass'), spec.loadBalancerClass);
  }
}

function checkTrafficPolicies(errors: FieldError[], spec: ServiceSpec): void {
  const external = SPEC.child('externalTrafficPolicy');
  if (isExternallyAccessible(spec)) {
    checkRequiredOneOf(errors, external, spec.externalTrafficPolicy, POLICIES);
  } else if (spec.externalTrafficPolicy) {
    const detail = 'may only be set for externally-accessible services';
    errors.push(invalidValue(external, spec.externalTrafficPolicy, detail));
  }
  checkHealthCheckPort(errors, spec);
  const internal = SPEC.child('internalTrafficPolicy');
  if (spec.internalTrafficPolicy !== undefined) {
    if (!POLICIES.includes(spec.internalTrafficPolicy)) {
      errors.push(notSupported(internal, spec.internalTrafficPolicy, POLICIES));
    }
  } else if (spec.type === 'NodePort' || spec.type === 'LoadBalancer' || spec.type === 'ClusterIP') {
    errors.push(required(internal));
  }
  if (spec.trafficDistribution !== undefined && spec.trafficDistribution !== 'PreferClose') {
    errors.push(notSupported(SPEC.child('trafficDistribution'), spec.trafficDistribution, ['PreferClose']));
  }
}

/** A missing port is given by the allocator afterwards. */
function checkHealthCheckPort(
  errors: FieldError[],
  { type, externalTrafficPolicy, healthCheckNodePort }: ServiceSpec,
): void {
  if (!healthCheckNodePort) return;
  const at = SPEC.child('healthCheckNodePort');
  if (type !== 'LoadBalancer' || externalTrafficPolicy !== 'Local') {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalidValue(at, healthCheckNodePort, detail));
  } else {
    checkProblems(errors, at, healthCheckNodePort, portNumberProblems(healthCheckNodePort));
  }
}

export function validateUpdate(service: Readonly<Service>, old: Readonly<Service>): FieldError[] {
  const errors = ownMetadataErrors(service, old);
  const spec = service.spec ?? {};
  const before = old.spec ?? {};
  checkAddressesUpdate(errors, spec, before);
  const bothBalance = before.type === 'LoadBalancer' && spec.type === 'LoadBalancer';
  if (bothBalance && before.loadBalancerClass !== spec.loadBalancerClass) {
    const at = SPEC.child('loadBalancerClass');
    errors.push(invalidValue(at, spec.loadBalancerClass ?? null, 'may not change once set'));
  }
  const bothLocal = before.externalTrafficPolicy === 'Local' && spec.externalTrafficPolicy === 'Local';
  if (bothBalance && bothLocal && before.healthCheckNodePort !== spec.healthCheckNodePort) {
    errors.push(forbiddenField(SPEC.child('healthCheckNodePort'), 'field is immutable'));
  }
  return [...errors, ...newMetadataErrors(service, dns1035Name), ...validate(service)];
}

export function validateStatusUpdate(service: Readonly<Service>, old: Readonly<Service>): FieldError[] {
  const errors = ownMetadataErrors(service, old);
  const at = path('status').child('loadBalancer', 'ingress');
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  if (ingress.length > 0 && service.spec?.type !== 'LoadBalancer') {
    return [...errors, forbiddenField(at, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  ingress.forEach(({ ip, ipMode, hostname }, index) => {
    const entry = at.index(index);
    if (ip) checkIp(errors, entry.child('ip'), ip);
    if (ipMode === undefined) {
      if (ip) errors.push(required(entry.child('ipMode'), 'must be specified when `ip` is set'));
    } else if (!ip) {
      errors.push(forbiddenField(entry.child('ipMode'), 'may not be specified when `ip` is not set'));
    } else if (ipMode !== 'VIP' && ipMode !== 'Proxy') {
      errors.push(notSupported(entry.child('ipMode'), ipMode, ['Proxy', 'VIP']));
    }
    if (!hostname) return;
    checkDns1123Subdomain(errors, entry.child('hostname'), hostname);
    if (ipFamily(hostname) !== 0) {
      errors.push(invalidValue(entry.child('hostname'), hostname, 'must be a DNS name, not an IP address'));
    }
  });
  return errors;
}
