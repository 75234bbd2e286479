/**
 * Whether rules cover other rules, and how missing ones are told (`k8s.io/component-helpers/auth/rbac/validation`). Pure.
 */

import type { PolicyRule } from './rbac.ts';

/** The parts of `wanted` that no rule of `held` grants, gathered and formatted, sorted; empty: all is held. */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly string[] {
  return [...new Set(missingRuleParts(held, wanted).map(formatRule))].sort();
}

/** The same as rules. */
export function missingRuleParts(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return compactRules(wanted.flatMap(breakdown).filter((part) => !held.some((rule) => coversPart(rule, part))));
}

/** One verb on one resource (of one name) or path at a time. */
function breakdown({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames,
  nonResourceURLs = [],
}: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (!resourceNames?.length) parts.push(part);
        else for (const name of resourceNames) parts.push({ ...part, resourceNames: [name] });
      }
    }
  }
  for (const url of nonResourceURLs) for (const verb of verbs) parts.push({ nonResourceURLs: [url], verbs: [verb] });
  return parts;
}

const hasAll = (held: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean =>
  (wanted ?? []).every((one) => held?.includes(one));

function coversPart(held: PolicyRule, part: PolicyRule): boolean {
  const verbs = held.verbs.includes('*') || hasAll(held.verbs, part.verbs);
  const groups = held.apiGroups?.includes('*') || hasAll(held.apiGroups, part.apiGroups);
  const names =
    !held.resourceNames?.length ||
    (Boolean(part.resourceNames?.length) && hasAll(held.resourceNames, part.resourceNames));
  return verbs && groups && names && coversResources(held, part) && coversUrls(held, part);
}

function coversResources({ resources: held = [] }: PolicyRule, { resources = [] }: PolicyRule): boolean {
  if (held.includes('*')) return true;
  return resources.every((one) => {
    const slash = one.indexOf('/');
    return held.includes(one) || (slash >= 0 && held.includes(`*${one.slice(slash)}`));
  });
}

function coversUrls({ nonResourceURLs: held = [] }: PolicyRule, { nonResourceURLs = [] }: PolicyRule): boolean {
  return nonResourceURLs.every((url) =>
    held.some(
      (pattern) =>
        pattern === '*' || pattern === url || (pattern.endsWith('*') && url.startsWith(pattern.replace(/\*+$/, ''))),
    ),
  );
}

/** Rules of one group, one resource and at most one name that differ only in their verbs, as one. */
function compactRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const simple = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const rule of rules) {
    const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs } = rule;
    if (nonResourceURLs.length > 0 || apiGroups.length !== 1 || resources.length !== 1 || resourceNames.length > 1) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([apiGroups[0], resources[0], resourceNames]);
    const known = simple.get(key);
    if (known) known.verbs.push(...verbs);
    else simple.set(key, { ...rule, verbs: [...verbs] });
  }
  return [...others, ...simple.values()];
}

function formatRule({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): string {
  const parts: string[] = [];
  const list = (label: string, values: readonly string[] | undefined) => {
    if (values?.length) parts.push(`${label}:${formatList(values)}`);
  };
  list('APIGroups', apiGroups);
  list('Resources', resources);
  list('NonResourceURLs', nonResourceURLs);
  list('ResourceNames', resourceNames);
  list('Verbs', verbs);
  return `{${parts.join(', ')}}`;
}

/** As Go's `%q` of a slice of strings: `["a" "b"]`. */
export function formatList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}
