/**
 * What may only be used where a quota covers it (`limitedResources` of the operator's configuration): which of it an object uses uncovered. Pure.
 */

import type { Amounts } from '../../kinds/common/amounts.ts';
import type { Evaluator } from '../../kinds/common/quota/evaluators.ts';
import type { ScopedResourceSelectorRequirement } from '../../kinds/types.generated.ts';
import type { LimitedResource } from '../configuration.ts';
import type { Charge } from './ledger.ts';

interface Asked {
  readonly limitedResources: readonly LimitedResource[];
  readonly evaluator: Evaluator;
  readonly charge: Charge;
  readonly usage: Amounts;
  /** Names that quotas which choose the object bound. */
  readonly covering: readonly string[];
  /** Scopes of all quotas of the namespace. */
  readonly scopes: readonly ScopedResourceSelectorRequirement[];
}

/** In upstream's words, undefined when all is covered (`CheckRequest` of apiserver's resourcequota plugin). */
export function whyUncovered(asked: Asked): string | undefined {
  const { limitedResources, evaluator, charge, usage, covering } = asked;
  const { group, plural } = charge.resource;
  const parts = limitedResources
    .filter(({ apiGroup = '', resource }) => apiGroup === group && resource === plural)
    .flatMap(({ matchContains = [] }) => matchContains);
  const names = [...usage]
    .filter(([name, { nanos }]) => nanos > 0n && parts.some((part) => name.includes(part)) && !covering.includes(name))
    .map(([name]) => name);
  if (names.length > 0) return `insufficient quota to consume: ${names.sort().join(',')}`;
  const limited = limitedResources.flatMap(
    ({ matchScopes = [] }) => evaluator.matching?.(charge.object, matchScopes) ?? [],
  );
  if (limited.length === 0) return undefined;
  const covered = new Set(evaluator.matching?.(charge.object, asked.scopes).map(({ scopeName }) => scopeName));
  const open = limited.filter(({ scopeName }) => !covered.has(scopeName));
  if (open.length === 0) return undefined;
  return `insufficient quota to match these scopes: [${open.map(formatScope).join(' ')}]`;
}

/** As Go prints the struct. */
const formatScope = ({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement): string =>
  `{${scopeName} ${operator} [${values.join(' ')}]}`;
