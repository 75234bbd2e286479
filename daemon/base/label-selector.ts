/**
 * `metav1.LabelSelector`, compiled once and matched often.
 * A missing selector matches nothing, an empty one everything (API convention). Pure. Texts are `base/selector.ts`'s.
 */

type Labels = Readonly<Record<string, string>> | undefined;

export interface LabelSelectorShape {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export type LabelMatcher = (labels: Labels) => boolean;

const matchesNothing: LabelMatcher = () => false;

/** An unknown operator matches nothing: validation has refused it long before. */
export function compileLabelSelector(selector: Readonly<LabelSelectorShape> | undefined): LabelMatcher {
  if (!selector) return matchesNothing;
  const equal = Object.entries(selector.matchLabels ?? {});
  const tests = (selector.matchExpressions ?? []).map(compileRequirement);
  if (tests.length === 0 && equal.length === 1) {
    const [key, value] = equal[0]!;
    return (labels) => labels?.[key] === value;
  }
  return (labels) => equal.every(([key, value]) => labels?.[key] === value) && tests.every((test) => test(labels));
}

function compileRequirement(requirement: { key: string; operator: string; values?: string[] }): LabelMatcher {
  const { key, operator } = requirement;
  const values = new Set(requirement.values ?? []);
  switch (operator) {
    case 'In':
      return (labels) => has(labels, key) && values.has(labels![key]!);
    case 'NotIn':
      return (labels) => !has(labels, key) || !values.has(labels![key]!);
    case 'Exists':
      return (labels) => has(labels, key);
    case 'DoesNotExist':
      return (labels) => !has(labels, key);
    default:
      return matchesNothing;
  }
}

const has = (labels: Labels, key: string): boolean => labels !== undefined && Object.hasOwn(labels, key);

/** True when the selector selects by nothing at all: `{}`. */
export function isEmptySelector(selector: Readonly<LabelSelectorShape>): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}
