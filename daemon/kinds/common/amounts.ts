/**
 * Lists of resources as sums: exact, and in the form in which they were written (`64Mi` twice is `128Mi`). Pure; as `apiserver/pkg/quota/v1` and
 * `component-helpers/resource` count.
 */

import { addQuantities, formatQuantity, parseQuantity, type Quantity } from '../../base/quantity.ts';
import type { Container, PodSpec } from '../types.generated.ts';

export type Amounts = ReadonlyMap<string, Quantity>;

const NOTHING: Quantity = { nanos: 0n, format: 'DecimalSI' };
export const ONE: Quantity = { nanos: 1_000_000_000n, format: 'DecimalSI' };

export const countOf = (count: number): Quantity => ({ nanos: BigInt(count) * ONE.nanos, format: 'DecimalSI' });

/** What is no quantity is left out: it has been refused long before. */
export function parseAmounts(list: Readonly<Record<string, string>> | undefined): Map<string, Quantity> {
  const amounts = new Map<string, Quantity>();
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = parseQuantity(text);
    if (quantity) amounts.set(name, quantity);
  }
  return amounts;
}

export function amountOf(amounts: Amounts | undefined, name: string): Quantity {
  return amounts?.get(name) ?? NOTHING;
}

/** Adds to `total`, or takes away from it. */
export function addAmounts(total: Map<string, Quantity>, more: Amounts | undefined, sign: 1 | -1 = 1): void {
  for (const [name, quantity] of more ?? []) total.set(name, addQuantities(amountOf(total, name), quantity, sign));
}

/** `cpu=1,memory=1Gi`, by name. */
export function formatAmounts(amounts: Amounts): string {
  const names = [...amounts.keys()].sort();
  return names.map((name) => `${name}=${formatQuantity(amounts.get(name)!)}`).join(',');
}

export function listOf(amounts: Amounts): Record<string, string> {
  const names = [...amounts.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, formatQuantity(amounts.get(name)!)]));
}

/**
 * What a Pod asks for, or is limited to, as a whole: init containers run one after another, sidecars beside everything after them (KEP-753).
 * `overhead` counts with every request, and with limits that there are.
 */
export function podAmounts(spec: Readonly<PodSpec>, of: 'requests' | 'limits'): Map<string, Quantity> {
  const amountsOf = ({ resources }: Readonly<Container>) => parseAmounts(resources?.[of]);
  const total = new Map<string, Quantity>();
  for (const container of spec.containers ?? []) addAmounts(total, amountsOf(container));
  const sidecars = new Map<string, Quantity>();
  const starting = new Map<string, Quantity>();
  for (const container of spec.initContainers ?? []) {
    const amounts = amountsOf(container);
    if (container.restartPolicy === 'Always') {
      addAmounts(total, amounts);
      addAmounts(sidecars, amounts);
      raise(starting, sidecars);
    } else {
      const together = new Map(sidecars);
      addAmounts(together, amounts);
      raise(starting, together);
    }
  }
  raise(total, starting);
  const overhead = parseAmounts(spec.overhead);
  for (const name of overhead.keys()) if (of === 'limits' && amountOf(total, name).nanos === 0n) overhead.delete(name);
  addAmounts(total, overhead);
  return total;
}

function raise(total: Map<string, Quantity>, least: Amounts): void {
  for (const [name, quantity] of least)
    if (!total.has(name) || amountOf(total, name).nanos < quantity.nanos) total.set(name, quantity);
}
