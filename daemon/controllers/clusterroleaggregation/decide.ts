/**
 * A ClusterRole with an aggregationRule has the rules of all that its selectors match (`clusterroleaggregation_controller.go`):
 * by the roles' names, each rule once. Pure.
 */

import { deepEqual } from '../../base/json.ts';
import { matchesSelector, selectorOf } from '../../base/selector.ts';
import type { PolicyRule } from '../../kinds/types.generated.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { AggregationAction, AggregationSnapshot } from './actions.ts';

export function decide({ key, role, all }: AggregationSnapshot): Decision<AggregationAction> {
  const sources = [...all]
    .filter(({ metadata }) => metadata?.name !== key)
    .sort((a, b) => ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const labels of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const selector = selectorOf(labels);
    if (!selector) continue;
    for (const { metadata, rules: given } of sources) {
      if (!matchesSelector(selector, metadata?.labels)) continue;
      for (const rule of given ?? []) if (!rules.some((known) => deepEqual(known, rule))) rules.push(rule);
    }
  }
  return deepEqual(rules, role.rules ?? []) ? { actions: [] } : { actions: [{ type: 'setRules', key, role, rules }] };
}
