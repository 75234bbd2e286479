/**
 * The rules of a Service's cluster addresses and IP families, new and updated (`ValidateServiceClusterIPsRelatedFields`).
 */

import { duplicate, type FieldError, invalidValue, notSupported, path, required } from '../../base/field.ts';
import { ipFamily } from '../../base/ip.ts';
import { checkIp } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import type { ServiceSpec } from '../types.generated.ts';

const SPEC = path('spec');
const CLUSTER_IPS = SPEC.child('clusterIPs');
const IP_FAMILIES = SPEC.child('ipFamilies');
const IP_FAMILY_POLICY = SPEC.child('ipFamilyPolicy');
const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const CHANGED = 'may not change once set';

export const isHeadless = ({ clusterIPs }: ServiceSpec) => clusterIPs?.length === 1 && clusterIPs[0] === 'None';

export function checkAddresses(errors: FieldError[], spec: ServiceSpec): void {
  if (spec.type === 'ExternalName') return;
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (!clusterIP) {
    if (clusterIPs.length > 0) {
      errors.push(
        invalidValue(CLUSTER_IPS, goValue('[]string', clusterIPs), 'must be empty when `clusterIP` is not specified'),
      );
    }
  } else if (clusterIPs.length === 0) {
    errors.push(required(CLUSTER_IPS));
  } else if (clusterIPs[0] !== clusterIP) {
    errors.push(invalidValue(CLUSTER_IPS, goValue('[]string', clusterIPs), 'first value must match `clusterIP`'));
  }
  const seen = new Set<string>();
  ipFamilies.forEach((family, index) => {
    if (!FAMILIES.includes(family)) errors.push(notSupported(IP_FAMILIES.index(index), family, FAMILIES));
    if (seen.has(family)) errors.push(duplicate(IP_FAMILIES.index(index), family));
    seen.add(family);
  });
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy)) {
    errors.push(notSupported(IP_FAMILY_POLICY, ipFamilyPolicy, POLICIES));
  }
  if (!checkClusterIps(errors, clusterIPs)) return;
  checkFamiliesMatch(errors, spec, clusterIPs, ipFamilies);
  checkSingleStack(errors, spec);
}

/** False when an address cannot be read, and comparing families would only confuse. */
function checkClusterIps(errors: FieldError[], clusterIPs: readonly string[]): boolean {
  let readable = true;
  clusterIPs.forEach((address, index) => {
    if (index === 0 && address === 'None') {
      if (clusterIPs.length === 1) return;
      readable = false;
      errors.push(
        invalidValue(CLUSTER_IPS, goValue('[]string', clusterIPs), "'None' must be the first and only value"),
      );
    } else if (!checkIp(errors, CLUSTER_IPS.index(index), address)) {
      readable = false;
    }
  });
  if (clusterIPs.length > 2)
    errors.push(invalidValue(CLUSTER_IPS, goValue('[]string', clusterIPs), 'may only hold up to 2 values'));
  if (!readable) return false;
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(ipFamily)).size < 2) {
    const detail = 'may specify no more than one IP for each IP family';
    errors.push(invalidValue(CLUSTER_IPS, goValue('[]string', clusterIPs), detail));
  }
  return true;
}

function checkFamiliesMatch(
  errors: FieldError[],
  spec: ServiceSpec,
  clusterIPs: readonly string[],
  ipFamilies: readonly string[],
): void {
  if (isHeadless(spec)) return;
  clusterIPs.slice(0, ipFamilies.length).forEach((address, index) => {
    const family = ipFamilies[index];
    const isV6 = ipFamily(address) === 6;
    if ((family === 'IPv4' && isV6) || (family === 'IPv6' && !isV6)) {
      const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
      errors.push(invalidValue(CLUSTER_IPS.index(index), address, detail));
    }
  });
}

/** This cluster has IPv4 only. A headless Service without a selector may name any family, as nothing is allocated for it. */
function checkSingleStack(errors: FieldError[], spec: ServiceSpec): void {
  if (isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0) return;
  if (spec.ipFamilyPolicy === 'RequireDualStack') {
    const detail = 'this cluster is not configured for dual-stack services';
    errors.push(invalidValue(IP_FAMILY_POLICY, spec.ipFamilyPolicy, detail));
  }
  spec.ipFamilies?.forEach((family, index) => {
    if (family === 'IPv6')
      errors.push(invalidValue(IP_FAMILIES.index(index), family, 'not configured on this cluster'));
  });
  spec.clusterIPs?.forEach((address, index) => {
    if (!spec.ipFamilies?.length && ipFamily(address) === 6) {
      errors.push(invalidValue(CLUSTER_IPS.index(index), address, 'not configured on this cluster'));
    }
  });
}

/** Addresses and families that were given stay, except to and from ExternalName. */
export function checkAddressesUpdate(errors: FieldError[], spec: ServiceSpec, old: ServiceSpec): void {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  if (!(isHeadless(old) && isHeadless(spec))) checkClusterIpsUpdate(errors, spec, old);
  if (isHeadless(old) || isHeadless(spec)) return;
  checkFamiliesUpdate(errors, spec, old);
}

function checkClusterIpsUpdate(errors: FieldError[], spec: ServiceSpec, old: ServiceSpec): void {
  const now = spec.clusterIPs ?? [];
  const before = old.clusterIPs ?? [];
  const first = CLUSTER_IPS.index(0);
  if (before.length === now.length) {
    before.forEach((address, index) => {
      if (address !== now[index])
        errors.push(invalidValue(CLUSTER_IPS.index(index), goValue('[]string', now), CHANGED));
    });
    return;
  }
  if (before.length > now.length) {
    if (now.length === 0)
      errors.push(invalidValue(first, goValue('[]string', now), 'primary clusterIP can not be unset'));
    else if (now[0] !== before[0]) errors.push(invalidValue(first, goValue('[]string', now), CHANGED));
    if (now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
      const detail = "must be set to 'SingleStack' when releasing the secondary clusterIP";
      errors.push(invalidValue(IP_FAMILY_POLICY, spec.ipFamilyPolicy ?? null, detail));
    }
  } else if (before.length > 0 && now[0] !== before[0]) {
    errors.push(invalidValue(first, goValue('[]string', now), CHANGED));
  }
}

function checkFamiliesUpdate(errors: FieldError[], spec: ServiceSpec, old: ServiceSpec): void {
  const now = spec.ipFamilies ?? [];
  const before = old.ipFamilies ?? [];
  const first = IP_FAMILIES.index(0);
  if (before.length === now.length) {
    before.forEach((family, index) => {
      if (family !== now[index]) errors.push(invalidValue(first, goValue('[]core.IPFamily', now), CHANGED));
    });
    return;
  }
  if (before.length > 0 && now.length > 0 && now[0] !== before[0])
    errors.push(invalidValue(first, goValue('[]string', spec.clusterIPs), CHANGED));
  if (before.length <= now.length) return;
  if (!spec.clusterIPs?.length)
    errors.push(invalidValue(first, goValue('[]core.IPFamily', now), 'primary ipFamily can not be unset'));
  if (now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    const detail = "must be set to 'SingleStack' when releasing the secondary ipFamily";
    errors.push(invalidValue(IP_FAMILY_POLICY, spec.ipFamilyPolicy ?? null, detail));
  }
}
