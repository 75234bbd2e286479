/**
 * The rules of an EndpointSlice (`pkg/apis/discovery/validation` of 1.32).
 */

import { duplicate, type FieldError, type FieldPath, invalidValue, path, required, tooMany } from '../../base/field.ts';
import { ipFamily } from '../../base/ip.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../base/names.ts';
import {
  checkDns1123Label,
  checkNonSpecialIp,
  checkOneOf,
  checkProblems,
  checkQualifiedName,
  checkRequiredOneOf,
} from '../common/checks.ts';
import { checkImmutable, checkLabels, newMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import { PROTOCOLS } from '../common/pod/containers.ts';
import type { Endpoint, EndpointPortDiscovery, EndpointSlice } from '../types.generated.ts';

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const ADDRESSES_MAX = 100;
const ENDPOINTS_MAX = 1000;
const PORTS_MAX = 20_000;
const TOPOLOGY_LABELS_MAX = 16;
const ZONE_HINTS_MAX = 8;

export function validate(slice: Readonly<EndpointSlice>): FieldError[] {
  const errors: FieldError[] = [];
  checkRequiredOneOf(errors, path('addressType'), slice.addressType, ADDRESS_TYPES);
  checkEndpoints(errors, slice.endpoints ?? [], slice.addressType, path('endpoints'));
  checkPorts(errors, slice.ports ?? [], path('ports'));
  return errors;
}

function checkEndpoints(errors: FieldError[], endpoints: readonly Endpoint[], type: string, at: FieldPath): void {
  if (endpoints.length > ENDPOINTS_MAX) {
    errors.push(tooMany(at, endpoints.length, ENDPOINTS_MAX));
    return;
  }
  endpoints.forEach((endpoint, index) => {
    checkEndpoint(errors, endpoint, type, at.index(index));
  });
}

function checkEndpoint(errors: FieldError[], endpoint: Endpoint, type: string, at: FieldPath): void {
  const { addresses = [], nodeName, deprecatedTopology, hostname } = endpoint;
  const addressesAt = at.child('addresses');
  if (addresses.length === 0) errors.push(required(addressesAt, 'must contain at least 1 address'));
  else if (addresses.length > ADDRESSES_MAX) errors.push(tooMany(addressesAt, addresses.length, ADDRESSES_MAX));
  addresses.forEach((address, index) => {
    checkAddress(errors, address, type, addressesAt.index(index));
  });
  if (nodeName !== undefined) checkProblems(errors, at.child('nodeName'), nodeName, subdomainName(nodeName, false));
  const topologyAt = at.child('deprecatedTopology');
  const labels = Object.keys(deprecatedTopology ?? {}).length;
  if (labels > TOPOLOGY_LABELS_MAX) errors.push(tooMany(topologyAt, labels, TOPOLOGY_LABELS_MAX));
  checkLabels(errors, deprecatedTopology, topologyAt);
  if (hostname !== undefined) checkDns1123Label(errors, at.child('hostname'), hostname);
  checkHints(errors, endpoint, at.child('hints', 'forZones'));
}

function checkHints(errors: FieldError[], { hints }: Endpoint, at: FieldPath): void {
  const zones = hints?.forZones ?? [];
  if (zones.length > ZONE_HINTS_MAX) {
    errors.push(tooMany(at, zones.length, ZONE_HINTS_MAX));
    return;
  }
  const seen = new Set<string>();
  zones.forEach(({ name }, index) => {
    const field = at.index(index).child('name');
    if (seen.has(name)) errors.push(duplicate(field, name));
    else {
      seen.add(name);
      checkQualifiedName(errors, field, name ?? '');
    }
  });
}

function checkAddress(errors: FieldError[], address: string, type: string, at: FieldPath): void {
  const family = ipFamily(address);
  if (type === 'IPv4' || type === 'IPv6') {
    const wanted = type === 'IPv4' ? 4 : 6;
    if (family !== wanted) errors.push(invalidValue(at, address, `must be a valid ${type} address`));
    checkNonSpecialIp(errors, at, address);
  } else if (type === 'FQDN') {
    checkFullyQualified(errors, address, at);
  }
}

/** A domain name of at least two labels; a dot at its end is let through. */
function checkFullyQualified(errors: FieldError[], address: string, at: FieldPath): void {
  const name = address.endsWith('.') ? address.slice(0, -1) : address;
  if (address === '') {
    errors.push(required(at));
    return;
  }
  const problems = dns1123SubdomainProblems(name);
  if (problems.length > 0) {
    errors.push(invalidValue(at, name, problems.join(',')));
    return;
  }
  const labels = name.split('.');
  if (labels.length < 2) {
    errors.push(invalidValue(at, name, 'should be a domain with at least two segments separated by dots'));
    return;
  }
  for (const label of labels) {
    const wrong = dns1123LabelProblems(label);
    if (wrong.length > 0) errors.push(invalidValue(at, label, wrong.join(',')));
  }
}

function checkPorts(errors: FieldError[], ports: readonly EndpointPortDiscovery[], at: FieldPath): void {
  if (ports.length > PORTS_MAX) {
    errors.push(tooMany(at, ports.length, PORTS_MAX));
    return;
  }
  const names = new Set<string>();
  ports.forEach(({ name = '', protocol, appProtocol }, index) => {
    const entry = at.index(index);
    if (name) checkDns1123Label(errors, entry.child('name'), name);
    if (names.has(name)) errors.push(duplicate(entry.child('name'), name));
    names.add(name);
    if (protocol === undefined) errors.push(required(entry.child('protocol')));
    else checkOneOf(errors, entry.child('protocol'), protocol, PROTOCOLS);
    if (appProtocol !== undefined) checkQualifiedName(errors, entry.child('appProtocol'), appProtocol);
  });
}

export function validateUpdate(slice: Readonly<EndpointSlice>, old: Readonly<EndpointSlice>): FieldError[] {
  const errors = [...newMetadataErrors(slice, subdomainName), ...validate(slice)];
  checkImmutable(errors, slice.addressType, old.addressType, path('addressType'));
  return errors;
}
