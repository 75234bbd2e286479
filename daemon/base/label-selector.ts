/**
 * `metav1.LabelSelector`, compiled once and matched often.
 * A missing selector matches nothing, an empty one everything (API convention). Pure. What a requirement means is `base/selector.ts`'s.
 */

import { type LabelSelectorObject, matchesSelector, selectorOf } from './selector.ts';

type Labels = Readonly<Record<string, string>> | undefined;

export type LabelMatcher = (labels: Labels) => boolean;

const matchesNothing: LabelMatcher = () => false;

/** An unknown operator matches nothing: validation has refused it long before. */
export function compileLabelSelector(selector: Readonly<LabelSelectorObject> | undefined): LabelMatcher {
  const requirements = selectorOf(selector);
  if (!requirements) return matchesNothing;
  const [only] = requirements;
  if (requirements.length === 1 && only?.operator === '=') {
    const { key } = only;
    const [value] = only.values;
    return (labels) => labels?.[key] === value;
  }
  return (labels) => matchesSelector(requirements, labels);
}

/** True when the selector selects by nothing at all: `{}`. */
export function isEmptySelector(selector: Readonly<LabelSelectorObject>): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}
