/**
 * The order of versions, the preferred one first (`apimachinery/pkg/version` CompareKubeAwareVersionStrings): `v10`, `v2`, `v1`, `v11beta2`,
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
