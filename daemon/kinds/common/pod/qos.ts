/**
 * A Pod's quality of service class (`pkg/apis/core/helper/qos`): from the requests and limits of CPU and memory.
 */

import { parseQuantity } from '../../../base/quantity.ts';
import type { PodSpec } from '../../types.generated.ts';

const COMPUTE = ['cpu', 'memory'] as const;

/** `BestEffort` without any request or limit, `Guaranteed` when each container's limits equal its requests, else `Burstable`. */
export function qosClassOf(spec: PodSpec): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const requests = new Map<string, bigint>();
  const limits = new Map<string, bigint>();
  let allLimited = true;
  for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    let limited = 0;
    for (const name of COMPUTE) {
      add(requests, name, resources?.requests?.[name]);
      if (add(limits, name, resources?.limits?.[name])) limited++;
    }
    if (limited !== COMPUTE.length) allLimited = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const equal = requests.size === limits.size && [...requests].every(([name, amount]) => limits.get(name) === amount);
  return allLimited && equal ? 'Guaranteed' : 'Burstable';
}

function add(totals: Map<string, bigint>, name: string, amount: string | undefined): boolean {
  const nanos = amount === undefined ? 0n : (parseQuantity(amount)?.nanos ?? 0n);
  if (nanos <= 0n) return false;
  totals.set(name, (totals.get(name) ?? 0n) + nanos);
  return true;
}
