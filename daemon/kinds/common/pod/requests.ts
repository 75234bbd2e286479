/**
 * What a pod asks for and a node has, as numbers: cpu in milli, the rest in bytes or pieces. Pure.
 * Sums follow KEP-753: init containers run one after another, sidecars beside everything after them.
 */

import { quantityMilliValue, quantityValue } from '../../../base/quantity.ts';
import type { Container, PodSpec } from '../../types.generated.ts';

/** `cpu`, `memory`, `ephemeral-storage` and whatever else is asked for, by name. */
export type Amounts = ReadonlyMap<string, number>;

/** What a container that asks for nothing is taken for when nodes are scored (`util.DefaultMilliCPURequest`, 200 MiB). */
const SCORED_DEFAULTS: Readonly<Record<string, number>> = { cpu: 100, memory: 200 * 1024 * 1024 };

export function parseAmounts(list: Readonly<Record<string, string>> | undefined): Map<string, number> {
  return new Map(
    Object.entries(list ?? {}).map(([name, quantity]) => [
      name,
      name === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity),
    ]),
  );
}

/** `scored`: containers without a request for cpu or memory count with the default. */
export function podRequests(spec: Readonly<PodSpec> | undefined, scored: boolean): Map<string, number> {
  const of = (container: Readonly<Container>): Map<string, number> => {
    const amounts = parseAmounts(container.resources?.requests as Record<string, string> | undefined);
    for (const [name, value] of Object.entries(scored ? SCORED_DEFAULTS : {})) {
      if (!amounts.has(name)) amounts.set(name, value);
    }
    return amounts;
  };
  const total = new Map<string, number>();
  for (const container of spec?.containers ?? []) add(total, of(container));
  const sidecars = new Map<string, number>();
  const starting = new Map<string, number>();
  for (const container of spec?.initContainers ?? []) {
    const amounts = of(container);
    if (container.restartPolicy === 'Always') {
      add(total, amounts);
      add(sidecars, amounts);
      raise(starting, sidecars);
    } else {
      const together = new Map(sidecars);
      add(together, amounts);
      raise(starting, together);
    }
  }
  raise(total, starting);
  add(total, parseAmounts(spec?.overhead as Record<string, string> | undefined));
  return total;
}

function add(to: Map<string, number>, more: Amounts): void {
  for (const [name, value] of more) to.set(name, (to.get(name) ?? 0) + value);
}

function raise(to: Map<string, number>, least: Amounts): void {
  for (const [name, value] of least) to.set(name, Math.max(to.get(name) ?? 0, value));
}
