/**
 * `dnsPolicy`, `dnsConfig` and `hostAliases`.
 */

import { type FieldError, type FieldPath, invalidValue, required } from '../../../base/field.ts';
import type { HostAlias, PodSpec } from '../../types.generated.ts';
import { checkDns1123Subdomain, checkIp, checkRequiredOneOf } from '../checks.ts';
import { goValue } from '../go-values.ts';

const POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const NAME_SERVERS_MAX = 3; // glibc's MAXNS
const SEARCHES_MAX = 32;
const SEARCH_LIST_LENGTH_MAX = 2048;

export function checkDnsPolicy(errors: FieldError[], policy: string | undefined, at: FieldPath): void {
  checkRequiredOneOf(errors, at, policy, POLICIES);
}

export function checkDnsConfig(errors: FieldError[], spec: PodSpec, at: FieldPath): void {
  const config = spec.dnsConfig;
  if (spec.dnsPolicy === 'None') {
    if (!config) {
      errors.push(required(at, 'must provide `dnsConfig` when `dnsPolicy` is None'));
      return;
    }
    if (!config.nameservers?.length) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      errors.push(required(at.child('nameservers'), detail));
      return;
    }
  }
  if (!config) return;
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > NAME_SERVERS_MAX) {
    const detail = `must not have more than ${NAME_SERVERS_MAX} nameservers`;
    errors.push(invalidValue(at.child('nameservers'), goValue('[]string', nameservers), detail));
  }
  nameservers.forEach((server, index) => {
    checkIp(errors, at.child('nameservers').index(index), server);
  });
  checkSearches(errors, searches, at.child('searches'));
  options.forEach((option, index) => {
    if (!option.name) errors.push(required(at.child('options').index(index), 'must not be empty'));
  });
}

function checkSearches(errors: FieldError[], searches: readonly string[], at: FieldPath): void {
  if (searches.length > SEARCHES_MAX) {
    errors.push(
      invalidValue(at, goValue('[]string', searches), `must not have more than ${SEARCHES_MAX} search paths`),
    );
  }
  if (searches.join(' ').length > SEARCH_LIST_LENGTH_MAX) {
    const detail = `must not have more than ${SEARCH_LIST_LENGTH_MAX} characters (including spaces) in the search list`;
    errors.push(invalidValue(at, goValue('[]string', searches), detail));
  }
  searches.forEach((search, index) => {
    checkDns1123Subdomain(errors, at.index(index), search.endsWith('.') ? search.slice(0, -1) : search);
  });
}

export function checkHostAliases(errors: FieldError[], aliases: readonly HostAlias[] | undefined, at: FieldPath): void {
  aliases?.forEach((alias, index) => {
    checkIp(errors, at.index(index).child('ip'), alias.ip ?? '');
    alias.hostnames?.forEach((name, nameIndex) => {
      checkDns1123Subdomain(errors, at.index(index).child('hostnames').index(nameIndex), name);
    });
  });
}
