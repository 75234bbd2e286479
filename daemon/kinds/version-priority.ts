/**
 * The order of groups, and of versions within one, the preferred one first. A client that names a resource without its group gets that of the first group.
 * Groups: as kube-apiserver registers them with its aggregator (`GroupPriorityMinimum`), groups of definitions after them. Versions (`apimachinery/pkg/version` CompareKubeAwareVersionStrings): `v10`, `v2`, `v1`, `v11beta2`,
 * `v3beta1`, `v12alpha1`, then names of another form by the alphabet.
 */

const VERSION = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;
const STABILITY: Readonly<Record<string, number>> = { alpha: 1, beta: 2 };

/** [stability, major, minor]; undefined for a name of another form. */
function parse(version: string): readonly number[] | undefined {
  const [matched, major, stability, minor] = VERSION.exec(version) ?? [];
  if (matched === undefined) return undefined;
  return [stability ? STABILITY[stability]! : 3, Number(major), Number(minor ?? 0)];
}

/** For `sort`: negative when `a` is preferred. */
export function compareVersions(a: string, b: string): number {
  const [one, other] = [parse(a), parse(b)];
  if (!one || !other) {
    if (one || other) return one ? -1 : 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  for (const [index, part] of one.entries()) if (part !== other[index]) return other[index]! - part;
  return 0;
}

/** From the highest priority to the lowest; those of one priority are sorted by name already. */
const GROUPS = [
  ...['apps', 'events.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io', 'autoscaling', 'batch'],
  ...['certificates.k8s.io', 'networking.k8s.io', 'policy', 'rbac.authorization.k8s.io', 'storage.k8s.io'],
  ...['admissionregistration.k8s.io', 'apiextensions.k8s.io', 'scheduling.k8s.io', 'coordination.k8s.io'],
  ...['discovery.k8s.io', 'flowcontrol.apiserver.k8s.io'],
];
/** Behind those of definitions, as metrics-server registers it. */
const LAST = ['metrics.k8s.io'];

function groupRank(group: string): number {
  const place = GROUPS.indexOf(group);
  if (place >= 0) return place;
  return GROUPS.length + (LAST.includes(group) ? 1 : 0);
}

/** For `sort`: negative when `a` comes first. */
export const compareGroups = (a: string, b: string): number =>
  groupRank(a) - groupRank(b) || (a < b ? -1 : a > b ? 1 : 0);
