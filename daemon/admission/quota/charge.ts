/**
 * ResourceQuota: the last word of admission (upstream's plugin of that name). What an object uses is held in the ledger if every quota of its namespace
 * allows it; else nothing is held and the answer names the quota. As upstream, only what becomes more is judged by a new amount, deletions by nobody.
 */

import type { Quantity } from '../../base/quantity.ts';
import { type Amounts, addAmounts, amountOf, formatAmounts, parseAmounts } from '../../kinds/common/amounts.ts';
import { type Evaluator, evaluatorOf } from '../../kinds/common/quota/evaluators.ts';
import { boundNames } from '../../kinds/common/quota/names.ts';
import { scopesOf } from '../../kinds/common/quota/scopes.ts';
import { RESOURCE_QUOTAS } from '../../kinds/resources.ts';
import type { ResourceQuota } from '../../kinds/types.generated.ts';
import { NO_RESERVATION, type Reservation } from '../allocation/service-allocator.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import { type Attributes, type Refusal, refuse } from '../plugin.ts';
import type { Charge, QuotaLedger } from './ledger.ts';
import { whyUncovered } from './limited.ts';

/** `object` is as it would be stored, its name known. */
export function chargeQuotas(
  attributes: Omit<Attributes, 'requestedName' | 'namespace' | 'warn' | 'annotate'> & {
    readonly namespace?: string | undefined;
  },
  { cluster, quotas: ledger, clock, configuration }: AdmissionEnvironment,
): { reservation: Reservation } | { refusal: Refusal } {
  const { kind, namespace, object, operation, subresource, old } = attributes;
  const free = { reservation: NO_RESERVATION };
  if (!ledger || !object || !namespace || !kind.resource.namespaced || subresource !== '') return free;
  const evaluator = evaluatorOf(kind.resource);
  if (operation === 'delete' || (operation === 'update' && !evaluator.changes)) return free;
  const present = cluster.list(RESOURCE_QUOTAS, namespace) as readonly ResourceQuota[];
  const quotas = present.filter(
    ({ spec = {} }) => boundNames(spec, kind.resource).length > 0 && evaluator.matches(object, scopesOf(spec)),
  );
  const { limitedResources } = configuration;
  if (quotas.length === 0 && limitedResources.length === 0) return free;
  const charge: Charge = { resource: kind.resource, namespace, name: object.metadata?.name ?? '', object };
  const usage = evaluator.usage(object, clock.now());
  const requested = increase(usage, old && evaluator.usage(old, clock.now()));
  const missing = firstMissing(quotas, evaluator, charge);
  if (missing) return { refusal: refuse(attributes, '', missing) };
  const covering = quotas.flatMap(({ spec = {} }) => boundNames(spec, kind.resource));
  const scopes = present.flatMap(({ spec = {} }) => scopesOf(spec));
  const uncovered =
    requested.size > 0 && whyUncovered({ limitedResources, evaluator, charge, usage, covering, scopes });
  if (uncovered)
    return { refusal: refuse(attributes, '', uncovered, `a ResourceQuota in namespace ${namespace} that covers it`) };
  if (quotas.length === 0) return free;
  for (const quota of quotas) {
    const judge = (): string | undefined => refusalOf(quota, { charge, usage, requested }, ledger);
    if (!judge()) continue;
    ledger.recount(quota);
    const why = judge();
    if (why)
      return { refusal: refuse(attributes, '', why, `less, or more room in ResourceQuota ${quota.metadata?.name}`) };
  }
  return { reservation: ledger.hold(charge) };
}

/** What there is more or less of than before; what stays the same is left out. */
function increase(usage: Amounts, before: Amounts | undefined): Amounts {
  const change = new Map<string, Quantity>(usage);
  addAmounts(change, before, -1);
  return new Map([...change].filter(([, { nanos }]) => nanos !== 0n));
}

/** What the object must say because one of the quotas bounds it. */
function firstMissing(
  quotas: readonly Readonly<ResourceQuota>[],
  evaluator: Evaluator,
  { object, resource }: Charge,
): string | undefined {
  for (const { metadata, spec = {} } of quotas) {
    const missing = evaluator.missing?.(object, boundNames(spec, resource));
    if (missing) return `failed quota: ${metadata?.name}: ${missing}`;
  }
  return undefined;
}

interface Asked {
  readonly charge: Charge;
  readonly usage: Amounts;
  readonly requested: Amounts;
}

function refusalOf(
  quota: Readonly<ResourceQuota>,
  { charge, usage, requested }: Asked,
  ledger: QuotaLedger,
): string | undefined {
  const { hard = {} } = quota.spec ?? {};
  const name = quota.metadata?.name ?? '';
  const asked = [...requested.keys()].filter((one) => Object.hasOwn(hard, one));
  const limited = parseAmounts(Object.fromEntries(asked.map((one) => [one, hard[one]!])));
  const others = ledger.usage(quota, charge, asked);
  const exceeded = asked.filter(
    (one) => amountOf(others, one).nanos + amountOf(usage, one).nanos > amountOf(limited, one).nanos,
  );
  if (exceeded.length === 0) return undefined;
  const only = (amounts: Amounts): Amounts => new Map(exceeded.map((one) => [one, amountOf(amounts, one)]));
  const used = new Map<string, Quantity>(only(others));
  addAmounts(used, only(usage));
  addAmounts(used, only(requested), -1);
  const told = [`requested: ${formatAmounts(only(requested))}`, `used: ${formatAmounts(used)}`];
  return `exceeded quota: ${name}, ${told.join(', ')}, limited: ${formatAmounts(only(limited))}`;
}
