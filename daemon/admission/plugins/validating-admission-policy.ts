/**
 * ValidatingAdmissionPolicy: expressions that requests must satisfy, where a binding makes them hold
 * (`apiserver/pkg/admission/plugin/policy/validating`). A binding's actions say what happens to a request that does not: it is refused, warned of,
 * or noted in the audit.
 */

import { type StatusDetails, StatusError } from '../../base/status.ts';
import { Turn } from '../../cel/budget.ts';
import type { Kind } from '../../kinds/kind.ts';
import { VALIDATING_ADMISSION_POLICIES, VALIDATING_ADMISSION_POLICY_BINDINGS } from '../../kinds/resources.ts';
import type {
  MatchResources,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../kinds/types.generated.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import { createActivation } from '../matching/activation.ts';
import { matchesNamespace, matchesObject, matchRules } from '../matching/match.ts';
import { shownAttributes } from '../matching/shown-attributes.ts';
import { type Attributes, type Plugin, type Refusal, refuse } from '../plugin.ts';
import { type CompiledPolicy, compilePolicy } from '../policies/compiled-policy.ts';
import { type Denial, type Evaluation, evaluatePolicy } from '../policies/evaluate-policy.ts';
import { collectParams, unknownParamKind } from '../policies/params.ts';
import type { AdmissionSteps } from '../steps.ts';

const GROUP = 'admissionregistration.k8s.io';
const CODES: Readonly<Record<string, number>> = {
  Invalid: 422,
  Forbidden: 403,
  RequestEntityTooLarge: 413,
};
const ANNOTATION_BYTES_MAX = 10 * 1024;
const FAILURE_ANNOTATION = 'validation.policy.admission.k8s.io/validation_failure';

export const validatingAdmissionPolicy = {
  name: 'ValidatingAdmissionPolicy',

  *validateInTurns(attributes: Attributes, environment: AdmissionEnvironment): AdmissionSteps<Refusal | undefined> {
    const { cluster } = environment;
    const bindings = cluster.list(VALIDATING_ADMISSION_POLICY_BINDINGS) as readonly ValidatingAdmissionPolicyBinding[];
    if (bindings.length === 0 || isOwnKind(attributes)) return undefined;
    const byPolicy = bindingsByPolicy(bindings);
    const judge = new Judge(shownAttributes(attributes), environment);
    for (const policy of cluster.list(VALIDATING_ADMISSION_POLICIES) as readonly ValidatingAdmissionPolicy[]) {
      const own = byPolicy.get(policy.metadata?.name ?? '');
      if (own) yield* judge.judge(policy, own);
    }
    return judge.refusal();
  },
} satisfies Plugin;

type Bindings = readonly ValidatingAdmissionPolicyBinding[];
/** The list is the same one until a binding changes (`cluster-view.ts`). */
const grouped = new WeakMap<Bindings, ReadonlyMap<string, Bindings>>();

function bindingsByPolicy(bindings: Bindings): ReadonlyMap<string, Bindings> {
  const known = grouped.get(bindings) ?? Map.groupBy(bindings, ({ spec }) => spec?.policyName ?? '');
  grouped.set(bindings, known);
  return known;
}

/** Policies judge neither policies nor bindings: nobody could lock everybody out. */
function isOwnKind({ kind: { resource } }: Attributes): boolean {
  return resource.group === GROUP && /^(?:validating|mutating)admissionpolic/.test(resource.plural);
}

interface Refused extends Omit<Denial, 'index'> {
  readonly policy: string;
  readonly binding: string | undefined;
}

/** One request before all policies; collects what they say. */
class Judge {
  readonly #attributes: Attributes;
  readonly #environment: AdmissionEnvironment;
  readonly #turn = new Turn();
  readonly #refused: Refused[] = [];
  #isNoted = false;

  constructor(attributes: Attributes, environment: AdmissionEnvironment) {
    this.#attributes = attributes;
    this.#environment = environment;
  }

  *judge(
    policy: Readonly<ValidatingAdmissionPolicy>,
    bindings: readonly ValidatingAdmissionPolicyBinding[],
  ): AdmissionSteps<void> {
    const matched = this.#match(policy.spec?.matchConstraints ?? {});
    if (!matched) return;
    if ('error' in matched) return this.#misconfigured(policy, undefined, matched.error);
    const { paramKind } = policy.spec ?? {};
    const unknown = paramKind && unknownParamKind(paramKind, this.#environment.registry);
    if (unknown !== undefined) return this.#misconfigured(policy, undefined, unknown);
    const annotations = new Map<string, Set<string>>();
    for (const binding of bindings) yield* this.#bind(policy, binding, matched, annotations);
    for (const [key, values] of annotations) {
      this.#attributes.annotate(`${policy.metadata?.name}/${key}`, [...values].join(', '));
    }
  }

  *#bind(
    policy: Readonly<ValidatingAdmissionPolicy>,
    binding: ValidatingAdmissionPolicyBinding,
    as: Kind,
    annotations: Map<string, Set<string>>,
  ): AdmissionSteps<void> {
    const { matchResources, paramRef } = binding.spec ?? {};
    const matched = matchResources ? this.#match(matchResources) : as;
    if (!matched) return;
    if ('error' in matched) return this.#misconfigured(policy, binding, matched.error);
    const { kind, namespace = '' } = this.#attributes;
    const within = kind.resource.namespaced ? namespace : '';
    const params = collectParams(policy.spec?.paramKind, paramRef, within, this.#environment);
    if ('problem' in params) return this.#misconfigured(policy, binding, params.problem);
    const compiled = compilePolicy(policy);
    for (const object of params.objects) {
      const common = {
        attributes: this.#attributes,
        environment: this.#environment,
        as,
        ...(object ? { params: object } : {}),
      };
      const evaluation = yield* evaluatePolicy(
        compiled,
        (scope) => createActivation({ ...common, ...scope }),
        this.#turn,
      );
      this.#act(compiled, binding, evaluation, annotations);
    }
  }

  #act(
    { name }: CompiledPolicy,
    binding: ValidatingAdmissionPolicyBinding,
    { denials, auditAnnotations, auditErrors }: Evaluation,
    annotations: Map<string, Set<string>>,
  ): void {
    const own = binding.metadata?.name ?? '';
    const actions = binding.spec?.validationActions ?? [];
    for (const denial of denials) {
      if (actions.includes('Deny')) this.#refused.push({ ...denial, policy: name, binding: own });
      if (actions.includes('Audit')) this.#note(name, own, actions, denial);
      if (!actions.includes('Warn')) continue;
      this.#attributes.warn(
        `Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${own}': ${denial.message}`,
      );
    }
    for (const { key, value } of auditAnnotations) {
      const values = annotations.get(key) ?? new Set();
      annotations.set(key, values.add(Buffer.from(value).subarray(0, ANNOTATION_BYTES_MAX).toString()));
    }
    for (const message of auditErrors) this.#refused.push({ message, reason: '', policy: name, binding: own });
  }

  #note(policy: string, binding: string, validationActions: readonly string[], { index, message }: Denial): void {
    // The first is kept: annotations are not overwritten.
    if (this.#isNoted) return;
    this.#isNoted = true;
    const failure = { message, policy, binding, expressionIndex: index, validationActions };
    this.#attributes.annotate(FAILURE_ANNOTATION, JSON.stringify([failure]));
  }

  /** The kind as which the request matches. */
  #match(match: MatchResources): Kind | { error: string } | undefined {
    const attributes = this.#attributes;
    const { registry, cluster } = this.#environment;
    const { matchPolicy, resourceRules = [], excludeResourceRules = [] } = match;
    const inNamespace = matchesNamespace(match.namespaceSelector, attributes, cluster);
    if (inNamespace === false || !matchesObject(match.objectSelector, attributes)) return undefined;
    if (matchRules({ rules: excludeResourceRules, matchPolicy }, attributes, registry)) return undefined;
    const as =
      resourceRules.length === 0
        ? attributes.kind
        : matchRules({ rules: resourceRules, matchPolicy }, attributes, registry);
    return as && inNamespace !== true ? { error: inNamespace.message } : as;
  }

  #misconfigured(
    policy: Readonly<ValidatingAdmissionPolicy>,
    binding: ValidatingAdmissionPolicyBinding | undefined,
    why: string,
  ): void {
    if (policy.spec?.failurePolicy === 'Ignore') return;
    this.#refused.push({
      message: `failed to configure ${binding ? 'binding' : 'policy'}: ${why}`,
      reason: '',
      policy: policy.metadata?.name ?? '',
      binding: binding?.metadata?.name,
    });
  }

  /** The first no; its reason is the answer's. */
  refusal(): Refusal | undefined {
    const [first] = this.#refused;
    if (!first) return undefined;
    const { policy, binding, message: why } = first;
    const by = binding === undefined ? '' : ` with binding '${binding}'`;
    const message = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${why}`;
    const { status } = refuse(this.#attributes, '', message).error;
    const reason = first.reason || 'Invalid';
    const details: StatusDetails = { ...status.details, causes: [{ message }] };
    const error = new StatusError(CODES[reason] ?? 422, reason, status.message ?? message, details);
    return { error, fieldPath: '' };
  }
}
