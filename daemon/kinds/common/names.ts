/**
 * The name rules of objects (`Kind.validateName`): lists of what is wrong, worded as the API server words them.
 * With `prefix` the name gets a suffix appended (generateName), so a trailing dash is allowed.
 */

import { dns1035LabelProblems, dns1123LabelProblems, dns1123SubdomainProblems } from '../../base/names.ts';

export type NameRule = (name: string, prefix: boolean) => string[];

const maskTrailingDash = (name: string) => (name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name);

/** Most kinds: an RFC 1123 subdomain. */
export const subdomainName: NameRule = (name, prefix) => [
  ...dns1123SubdomainProblems(prefix ? maskTrailingDash(name) : name),
];

/** Namespaces: an RFC 1123 label. */
export const labelName: NameRule = (name, prefix) => [...dns1123LabelProblems(prefix ? maskTrailingDash(name) : name)];

/** Services: an RFC 1035 label. */
export const dns1035Name: NameRule = (name, prefix) => [
  ...dns1035LabelProblems(prefix ? maskTrailingDash(name) : name),
];

/** RBAC kinds: anything that is one segment of a URL's path. */
export const pathSegmentName: NameRule = (name, prefix) => {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  return ['/', '%']
    .filter((character) => name.includes(character))
    .map((character) => `may not contain '${character}'`);
};
