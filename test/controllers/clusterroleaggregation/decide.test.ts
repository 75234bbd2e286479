import { describe, expect, it } from 'vitest';
import { defaultClusterRoles } from '../../../daemon/auth/default-roles.ts';
import { decide } from '../../../daemon/controllers/clusterroleaggregation/decide.ts';
import type { ClusterRole } from '../../../daemon/kinds/types.generated.ts';

/** Until nobody has anything to add. */
function settle(roles: ClusterRole[]): ClusterRole[] {
  for (let round = 0; round < 10; round++) {
    let isDone = true;
    for (const role of roles.filter(({ aggregationRule }) => aggregationRule)) {
      const [action] = decide({ key: role.metadata!.name!, role, all: roles }).actions;
      if (!action) continue;
      role.rules = action.rules;
      isDone = false;
    }
    if (isDone) return roles;
  }
  throw new Error('the roles never settle');
}

const label = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };

describe('aggregated cluster roles', () => {
  it('gather view into edit into admin, and what people label', () => {
    const widgets = { verbs: ['get'], apiGroups: ['example.org'], resources: ['widgets'] };
    const own = { metadata: { name: 'widget-viewer', labels: label }, rules: [widgets] };
    expect(settle(defaultClusterRoles() as ClusterRole[])).toEqual(defaultClusterRoles());
    const roles = settle([...(defaultClusterRoles() as ClusterRole[]), own]);
    const rulesOf = (name: string) => roles.find(({ metadata }) => metadata?.name === name)?.rules ?? [];
    expect(rulesOf('view')).toContainEqual(widgets);
    for (const rule of rulesOf('view')) expect(rulesOf('edit')).toContainEqual(rule);
    for (const rule of rulesOf('edit')) expect(rulesOf('admin')).toContainEqual(rule);
    expect(JSON.stringify(rulesOf('view'))).not.toContain('secrets');
    expect(new Set(rulesOf('admin').map((rule) => JSON.stringify(rule))).size).toBe(rulesOf('admin').length);
  });
});
