/**
 * The rules of a ResourceQuota (`pkg/apis/core/validation`: ValidateResourceQuota and its updates).
 */

import { type FieldError, type FieldPath, invalidValue, path, required } from '../../base/field.ts';
import { goMember, goValue } from '../common/go-values.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import { checkResourceAmount, checkStandardResourceName, isStandardQuotaResource } from '../common/pod/resources.ts';
import type { ResourceQuota, ResourceQuotaSpec, ResourceQuotaStatus } from '../types.generated.ts';

const SPEC = path('spec');
const STATUS = path('status');
const SCOPES: ReadonlySet<string> = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
]);
const CONFLICTS = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
/** Of Pods alone: the only thing that scopes divide. */
const COMPUTE_RESOURCES: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'limits.cpu',
  'limits.memory',
  'requests.cpu',
  'requests.memory',
]);

export function validate(quota: Readonly<ResourceQuota>): FieldError[] {
  const errors: FieldError[] = [];
  checkSpec(errors, quota.spec ?? {});
  checkStatus(errors, quota.status ?? {});
  return errors;
}

export function validateUpdate(quota: Readonly<ResourceQuota>, old: Readonly<ResourceQuota>): FieldError[] {
  // Upstream judges the new object as one, and once more as an update: what is wrong is told twice.
  const errors = [...newMetadataErrors(quota, subdomainName), ...validate(quota), ...ownMetadataErrors(quota, old)];
  checkSpec(errors, quota.spec ?? {});
  const now = new Set(quota.spec?.scopes);
  const before = new Set(old.spec?.scopes);
  if (now.size !== before.size || [...now].some((scope) => !before.has(scope)))
    errors.push(
      invalidValue(
        SPEC.child('scopes'),
        goMember('[]core.ResourceQuotaScope', quota.spec, 'scopes'),
        'field is immutable',
      ),
    );
  return errors;
}

export function validateStatusUpdate(quota: Readonly<ResourceQuota>, old: Readonly<ResourceQuota>): FieldError[] {
  const errors = ownMetadataErrors(quota, old);
  if (!quota.metadata?.resourceVersion) errors.push(required(path('resourceVersion')));
  checkStatus(errors, quota.status ?? {});
  return errors;
}

const scopesValue = (scopes: readonly string[] | undefined) => goValue('[]core.ResourceQuotaScope', scopes);

function checkSpec(errors: FieldError[], spec: ResourceQuotaSpec): void {
  checkAmounts(errors, spec.hard, SPEC.child('hard'));
  checkScopes(errors, spec);
  checkScopeSelector(errors, spec);
}

function checkStatus(errors: FieldError[], status: ResourceQuotaStatus): void {
  checkAmounts(errors, status.hard, STATUS.child('hard'));
  checkAmounts(errors, status.used, STATUS.child('used'));
}

function checkAmounts(errors: FieldError[], list: Readonly<Record<string, string>> = {}, at: FieldPath): void {
  for (const [name, amount] of Object.entries(list)) {
    const entry = at.key(name);
    checkStandardResourceName(errors, entry, name);
    if (!name.includes('/') && !isStandardQuotaResource(name))
      errors.push(invalidValue(entry, name, 'must be a standard resource for quota'));
    checkResourceAmount(errors, entry, name, amount);
  }
}

function checkScopes(errors: FieldError[], spec: ResourceQuotaSpec): void {
  const { scopes = [] } = spec;
  const at = SPEC.child('scopes');
  const refuse = (detail: string) => void errors.push(invalidValue(at, scopesValue(scopes), detail));
  for (const scope of scopes) {
    if (!SCOPES.has(scope)) refuse('unsupported scope');
    for (const name of Object.keys(spec.hard ?? {}).sort())
      if (!fits(scope, name)) refuse('unsupported scope applied to resource');
  }
  for (const pair of CONFLICTS) if (pair.every((scope) => scopes.includes(scope))) refuse('conflicting scopes');
}

/** Whether a scope may divide what a resource counts. */
function fits(scope: string, name: string): boolean {
  if (!isStandardQuotaResource(name) || !SCOPES.has(scope) || name === 'pods') return true;
  return scope !== 'BestEffort' && COMPUTE_RESOURCES.has(name);
}

const EXISTS_ONLY =
  "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, " +
  'ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity';

function checkScopeSelector(errors: FieldError[], spec: ResourceQuotaSpec): void {
  const { scopeSelector } = spec;
  if (!scopeSelector) return;
  const at = SPEC.child('scopeSelector', 'matchExpressions');
  const expressions = scopeSelector.matchExpressions ?? [];
  for (const { scopeName, operator, values = [] } of expressions) {
    if (!SCOPES.has(scopeName)) errors.push(invalidValue(at.child('scopeName'), scopeName, 'unsupported scope'));
    for (const name of Object.keys(spec.hard ?? {}).sort()) {
      if (fits(scopeName, name)) continue;
      const detail = 'unsupported scope applied to resource';
      errors.push(invalidValue(at, goValue('core.ScopeSelector', scopeSelector), detail));
    }
    if (SCOPES.has(scopeName) && scopeName !== 'PriorityClass' && operator !== 'Exists')
      errors.push(invalidValue(at.child('operator'), operator, EXISTS_ONLY));
    checkOperator(errors, operator, values, at);
  }
  const scopes = new Set(expressions.map(({ scopeName }) => scopeName));
  for (const pair of CONFLICTS)
    if (pair.every((scope) => scopes.has(scope)))
      errors.push(invalidValue(at, scopesValue(spec.scopes), 'conflicting scopes'));
}

function checkOperator(errors: FieldError[], operator: string, values: readonly string[], at: FieldPath): void {
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    if (values.length === 0) errors.push(required(at.child('values'), detail));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    if (values.length > 0) errors.push(invalidValue(at.child('values'), goValue('[]string', values), detail));
  } else errors.push(invalidValue(at.child('operator'), operator, 'not a valid selector operator'));
}
