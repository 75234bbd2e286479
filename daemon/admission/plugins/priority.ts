/**
 * Priority (`plugin/pkg/admission/priority`): a Pod's `priority` is the number of its priority class, or of the cluster's default one; nobody sets it by
 * hand. At most one class is the default.
 */

import { SYSTEM_CLASSES } from '../../kinds/priorityclasses/system-classes.ts';
import { PRIORITY_CLASSES } from '../../kinds/resources.ts';
import type { Pod, PriorityClass } from '../../kinds/types.generated.ts';
import type { AdmissionEnvironment, ClusterView } from '../contract.ts';
import { type Attributes, isCore, type Plugin, type Refusal, refuse } from '../plugin.ts';

const NO_CLASS = { value: 0, preemptionPolicy: 'PreemptLowerPriority' };

export const priority: Plugin = {
  name: 'Priority',

  mutate(attributes: Attributes, { cluster }: AdmissionEnvironment): Refusal | undefined {
    if (attributes.operation === 'delete' || !isCore(attributes, 'pods')) return undefined;
    const { spec } = attributes.object as Pod;
    if (!spec) return undefined;
    if (attributes.operation === 'create') return setPriority(attributes, spec, cluster);
    const old = (attributes.old as Pod).spec;
    spec.priority ??= old?.priority;
    spec.preemptionPolicy ??= old?.preemptionPolicy;
    return undefined;
  },

  validate(attributes: Attributes, { cluster }: AdmissionEnvironment): Refusal | undefined {
    const { kind, operation, object } = attributes;
    if (operation === 'delete' || kind.resource.plural !== 'priorityclasses' || !object) return undefined;
    const present = (object as PriorityClass).globalDefault ? defaultClass(cluster) : undefined;
    if (!present || present.metadata?.name === attributes.name) return undefined;
    const why = `PriorityClass ${present.metadata?.name} is already marked as default. Only one default can exist`;
    return refuse(attributes, 'globalDefault', why);
  },
};

function setPriority(
  attributes: Attributes,
  spec: NonNullable<Pod['spec']>,
  cluster: ClusterView,
): Refusal | undefined {
  if (!spec.priorityClassName) {
    const name = defaultClass(cluster)?.metadata?.name;
    if (name) spec.priorityClassName = name;
  }
  const name = spec.priorityClassName;
  const found = name ? findClass(cluster, name) : NO_CLASS;
  if (!found)
    return refuse(
      attributes,
      'spec.priorityClassName',
      `no PriorityClass with name ${name} was found`,
      'the name of a PriorityClass of this cluster, or none',
    );
  const { value: computed = 0, preemptionPolicy = NO_CLASS.preemptionPolicy } = found;
  if (spec.priority !== undefined && spec.priority !== null && spec.priority !== computed)
    return refuse(
      attributes,
      'spec.priority',
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`,
    );
  spec.priority = computed;
  if (![undefined, null, preemptionPolicy].includes(spec.preemptionPolicy))
    return refuse(
      attributes,
      'spec.preemptionPolicy',
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    );
  spec.preemptionPolicy = preemptionPolicy;
  return undefined;
}

/** The system's own are there before anybody has written them. */
function findClass(cluster: ClusterView, name: string): Partial<PriorityClass> | undefined {
  return (
    (cluster.get(PRIORITY_CLASSES, { name }) as PriorityClass | undefined) ??
    SYSTEM_CLASSES.find((one) => one.name === name)
  );
}

/** Should there be several, the lowest counts. */
function defaultClass(cluster: ClusterView): Readonly<PriorityClass> | undefined {
  const defaults = (cluster.list(PRIORITY_CLASSES) as readonly PriorityClass[]).filter((one) => one.globalDefault);
  return defaults.reduce<PriorityClass | undefined>(
    (lowest, one) => (lowest && (lowest.value ?? 0) <= (one.value ?? 0) ? lowest : one),
    undefined,
  );
}
