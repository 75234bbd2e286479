/**
 * Whether a pod fits on this node beside those that are there: the scheduler's filters that a node asks once more
 * (`pkg/kubelet/lifecycle/predicate.go`). Pure.
 */

import { tolerates } from '../../base/toleration.ts';
import { ANY_ADDRESS, type HostPort, hostPortsOf } from '../../kinds/common/pod/host-ports.ts';
import { compileRequiredNodes } from '../../kinds/common/pod/node-selector.ts';
import { parseAmounts, podRequests } from '../../kinds/common/pod/requests.ts';
import { isExtendedResource } from '../../kinds/common/pod/resources.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import type { Place, Refusal } from './admit.ts';

/** Its labels may have changed a moment ago: looked at again before it refuses. */
export const NODE_AFFINITY = 'NodeAffinity';

/** The order in which upstream looks. */
const FIRST = ['cpu', 'memory', 'ephemeral-storage'];

/** The first reason, as upstream tells it. */
export const misfitOf = (pod: Readonly<Pod>, place: Place): Refusal | undefined =>
  lackOf(pod, place) ?? wrongNode(pod, place) ?? takenPort(pod, place) ?? untolerated(pod, place);

const predicate = (name: string, description: string): Refusal => ({
  reason: name,
  message: `Predicate ${name} failed: ${description}`,
});

function lack(name: string, requested: number, used: number, capacity: number): Refusal {
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return { reason: `OutOf${name}`, message: `Node didn't have enough resource: ${name}, ${amounts}` };
}

function lackOf({ spec }: Readonly<Pod>, { allocatable, pods }: Place): Refusal | undefined {
  const capacity = parseAmounts(allocatable);
  const podsMax = capacity.get('pods') ?? 0;
  if (pods.length + 1 > podsMax) return lack('pods', 1, pods.length, podsMax);
  const asked = podRequests(spec, false);
  // What no node advertises is not a node's to give: it may be the cluster's as a whole.
  const others = [...asked.keys()].filter(
    (name) => !FIRST.includes(name) && !(isExtendedResource(name) && !capacity.has(name)),
  );
  const taken = pods.map((one) => podRequests(one.spec, false));
  for (const name of [...FIRST, ...others]) {
    const requested = asked.get(name) ?? 0;
    if (requested <= 0) continue;
    const used = taken.reduce((sum, one) => sum + (one.get(name) ?? 0), 0);
    const all = capacity.get(name) ?? 0;
    if (requested > all - used) return lack(name, requested, used, all);
  }
  return undefined;
}

function wrongNode(pod: Readonly<Pod>, { node }: Place): Refusal | undefined {
  const matches = compileRequiredNodes(pod);
  const { name = '', labels = {} } = node.metadata ?? {};
  if (!matches || matches({ name, labels })) return undefined;
  return predicate(NODE_AFFINITY, "node(s) didn't match Pod's node affinity/selector");
}

function takenPort(pod: Readonly<Pod>, { pods }: Place): Refusal | undefined {
  const wanted = hostPortsOf(pod);
  if (wanted.length === 0) return undefined;
  const taken = pods.flatMap(hostPortsOf);
  if (!wanted.some((one) => taken.some((other) => collides(one, other)))) return undefined;
  return predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports");
}

const collides = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY_ADDRESS || b.ip === ANY_ADDRESS);

/** Taints that only keep the scheduler away are none of the node's business. */
function untolerated({ spec }: Readonly<Pod>, { node }: Place): Refusal | undefined {
  const found = (node.spec?.taints ?? []).find(
    (taint) => taint.effect === 'NoExecute' && !spec?.tolerations?.some((one) => tolerates(one, taint)),
  );
  return found && predicate('TaintToleration', "node(s) had taints that the pod didn't tolerate");
}
