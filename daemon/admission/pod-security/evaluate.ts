/**
 * What of a pod a level of the Pod Security Standards does not allow. Pure; a pod is only looked at.
 */

import { BASELINE } from './baseline.ts';
import type { Check, CheckedPod, Violation } from './check.ts';
import type { LevelVersion } from './policy.ts';
import { RESTRICTED } from './restricted.ts';

/** Empty: allowed. In the order in which upstream tells them: baseline's by name, then restricted's. */
export function evaluate({ level, minor }: LevelVersion, pod: CheckedPod): Violation[] {
  if (level === 'privileged') return [];
  const restricted = level === 'restricted' ? inForce(RESTRICTED, minor) : [];
  const overridden = new Set(restricted.flatMap(({ overrides = [] }) => overrides));
  const baseline = inForce(BASELINE, minor).filter(({ id }) => !overridden.has(id));
  return [...baseline, ...restricted].flatMap((one) => one.check(pod) ?? []);
}

/** Of each check the form that the version has; a later version than any is the latest. */
function inForce(checks: readonly Check[], minor: number): Check[] {
  const newest = new Map<string, Check>();
  for (const one of checks) if (one.since <= minor) newest.set(one.id, one);
  return [...newest.values()];
}

/** `host namespaces (hostNetwork=true), privileged (container "c" must not set …)` */
export function formatDetails(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ');
}

/** `host namespaces, privileged` */
export function formatReasons(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(', ');
}
