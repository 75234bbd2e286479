/**
 * Priority: a Pod's `priority` is the number of its priority class; nobody sets it by hand.
 * PriorityClass objects are not served yet: only the two classes that every cluster has are known.
 */

import type { Pod } from '../../kinds/types.generated.ts';
import { type Attributes, isCore, type Plugin, type Refusal, refuse } from '../plugin.ts';

const SYSTEM_CLASSES: ReadonlyMap<string, number> = new Map([
  ['system-node-critical', 2_000_001_000],
  ['system-cluster-critical', 2_000_000_000],
]);
/** Of a Pod that names no class, while no class is the cluster's default. */
const DEFAULT_PRIORITY = 0;
const PREEMPTION_POLICY = 'PreemptLowerPriority';

export const priority: Plugin = {
  name: 'Priority',

  mutate(attributes: Attributes): Refusal | undefined {
    if (attributes.operation === 'delete' || !isCore(attributes, 'pods')) return undefined;
    const { spec } = attributes.object as Pod;
    if (!spec) return undefined;
    if (attributes.operation === 'update') {
      const old = (attributes.old as Pod).spec;
      spec.priority ??= old?.priority;
      spec.preemptionPolicy ??= old?.preemptionPolicy;
      return undefined;
    }
    const name = spec.priorityClassName;
    const computed = name ? SYSTEM_CLASSES.get(name) : DEFAULT_PRIORITY;
    if (computed === undefined)
      return refuse(
        attributes,
        'spec.priorityClassName',
        `no PriorityClass with name ${name} was found`,
        `one of ${[...SYSTEM_CLASSES.keys()].join(', ')}, or none`,
      );
    if (spec.priority !== undefined && spec.priority !== null && spec.priority !== computed)
      return refuse(
        attributes,
        'spec.priority',
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`,
      );
    spec.priority = computed;
    if (spec.preemptionPolicy && spec.preemptionPolicy !== PREEMPTION_POLICY)
      return refuse(
        attributes,
        'spec.preemptionPolicy',
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${PREEMPTION_POLICY} from the given PriorityClass name`,
      );
    spec.preemptionPolicy = PREEMPTION_POLICY;
    return undefined;
  },
};
