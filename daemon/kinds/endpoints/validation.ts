/**
 * The rules of Endpoints.
 */

import { type FieldError, type FieldPath, path, required } from '../../base/field.ts';
import { portNumberProblems } from '../../base/names.ts';
import {
  checkDns1123Label,
  checkIp,
  checkNonSpecialIp,
  checkProblems,
  checkQualifiedName,
  checkRequiredOneOf,
} from '../common/checks.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import { PROTOCOLS } from '../common/pod/containers.ts';
import type { EndpointAddress, EndpointPort, Endpoints } from '../types.generated.ts';

export function validate(endpoints: Readonly<Endpoints>): FieldError[] {
  const errors: FieldError[] = [];
  endpoints.subsets?.forEach((subset, index) => {
    const at = path('subsets').index(index);
    if (!subset.addresses?.length && !subset.notReadyAddresses?.length) {
      errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
    }
    for (const list of ['addresses', 'notReadyAddresses'] as const) {
      subset[list]?.forEach((address, position) => {
        checkAddress(errors, address, at.child(list).index(position));
      });
    }
    subset.ports?.forEach((port, position) => {
      checkPort(errors, port, (subset.ports?.length ?? 0) > 1, at.child('ports').index(position));
    });
  });
  return errors;
}

function checkAddress(errors: FieldError[], address: EndpointAddress, at: FieldPath): void {
  checkIp(errors, at.child('ip'), address.ip ?? '');
  if (address.hostname) checkDns1123Label(errors, at.child('hostname'), address.hostname);
  if (address.nodeName !== undefined) {
    checkProblems(errors, at.child('nodeName'), address.nodeName, subdomainName(address.nodeName, false));
  }
  checkNonSpecialIp(errors, at.child('ip'), address.ip ?? '');
}

function checkPort(errors: FieldError[], port: EndpointPort, needsName: boolean, at: FieldPath): void {
  if (port.name) checkDns1123Label(errors, at.child('name'), port.name);
  else if (needsName) errors.push(required(at.child('name')));
  checkProblems(errors, at.child('port'), port.port ?? 0, portNumberProblems(port.port ?? 0));
  checkRequiredOneOf(errors, at.child('protocol'), port.protocol, PROTOCOLS);
  if (port.appProtocol !== undefined) checkQualifiedName(errors, at.child('appProtocol'), port.appProtocol);
}

export function validateUpdate(endpoints: Readonly<Endpoints>, old: Readonly<Endpoints>): FieldError[] {
  return [...ownMetadataErrors(endpoints, old), ...newMetadataErrors(endpoints, subdomainName), ...validate(endpoints)];
}
