/**
 * What a failed Pod means by `spec.podFailurePolicy` (`pod_failure_policy.go`): the first rule that matches decides. Pure.
 */

import type {
  ContainerStatus,
  Pod,
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from '../../kinds/types.generated.ts';

export interface Verdict {
  action?: 'Count' | 'FailIndex' | 'FailJob' | 'Ignore';
  /** Whether it counts towards the limits of failures. */
  isCounted: boolean;
  /** Of FailJob: why. */
  message?: string;
}

export function judgeFailure(policy: Readonly<PodFailurePolicy> | undefined, pod: Readonly<Pod>): Verdict {
  for (const [position, rule] of (policy?.rules ?? []).entries()) {
    const reason = match(rule, pod);
    if (reason === undefined) continue;
    const action = rule.action as NonNullable<Verdict['action']>;
    if (action !== 'FailJob') return { action, isCounted: action !== 'Ignore' };
    return { action, isCounted: true, message: `${reason} matching ${action} rule at index ${position}` };
  }
  return { isCounted: true };
}

/** What of the Pod the rule is about, in words. */
function match(rule: Readonly<PodFailurePolicyRule>, pod: Readonly<Pod>): string | undefined {
  const name = `${pod.metadata?.namespace}/${pod.metadata?.name}`;
  if (rule.onExitCodes) {
    const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
    const found = [...containerStatuses, ...initContainerStatuses].find((status) => exits(status, rule.onExitCodes!));
    return (
      found && `Container ${found.name} for pod ${name} failed with exit code ${found.state?.terminated?.exitCode}`
    );
  }
  const condition = pod.status?.conditions?.find(({ type, status }) =>
    rule.onPodConditions?.some((pattern) => pattern.type === type && pattern.status === status),
  );
  return condition && `Pod ${name} has condition ${condition.type}`;
}

function exits(status: Readonly<ContainerStatus>, requirement: PodFailurePolicyOnExitCodesRequirement): boolean {
  const code = status.state?.terminated?.exitCode;
  const { containerName, operator, values = [] } = requirement;
  if (!code || (containerName !== undefined && containerName !== status.name)) return false;
  return operator === 'In' ? values.includes(code) : operator === 'NotIn' && !values.includes(code);
}
