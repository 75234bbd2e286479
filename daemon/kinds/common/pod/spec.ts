/**
 * `spec` of a Pod and of a Pod template (`pkg/apis/core/validation`: ValidatePodSpec, ValidatePodTemplateSpec).
 * Expects a defaulted object; errors come in the API server's order.
 */

import {
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../../base/field.ts';
import { rangeDetail } from '../../../base/names.ts';
import type { PodSpec, PodTemplateSpec } from '../../types.generated.ts';
import { checkDns1123Label, checkOneOf, checkProblems, checkQualifiedName, checkRequiredOneOf } from '../checks.ts';
import { checkAnnotations, checkLabels } from '../metadata.ts';
import { subdomainName } from '../names.ts';
import { checkAffinity } from './affinity.ts';
import { checkPodAnnotations, checkProfilesAgree } from './annotations.ts';
import { checkContainers, checkEphemeralContainers, checkInitContainers } from './containers.ts';
import { checkDnsConfig, checkDnsPolicy, checkHostAliases } from './dns.ts';
import { checkSchedulingGates, checkTolerations, checkTopologySpread } from './scheduling.ts';
import { checkHostUsers, checkPodSecurityContext } from './security.ts';
import { checkVolumes } from './volumes.ts';

const INT32_MAX = 2_147_483_647;
const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];

/** A Pod's specification. `isPod` is false within a template, where host ports may still be unset. */
export function checkPodSpec(errors: FieldError[], spec: PodSpec, at: FieldPath, isPod: boolean): void {
  if (spec.terminationGracePeriodSeconds === undefined) {
    errors.push(required(at.child('terminationGracePeriodSeconds')));
  }
  const volumes = checkVolumes(errors, spec.volumes, at.child('volumes'));
  const context = { spec, volumes };
  checkContainers(errors, context, at.child('containers'));
  checkInitContainers(errors, context, at.child('initContainers'));
  checkEphemeralContainers(errors, context, at.child('ephemeralContainers'));
  checkHostNetworkPorts(errors, spec, at.child('containers'), isPod);
  checkRequiredOneOf(errors, at.child('restartPolicy'), spec.restartPolicy, RESTART_POLICIES);
  checkDnsPolicy(errors, spec.dnsPolicy, at.child('dnsPolicy'));
  checkLabels(errors, spec.nodeSelector, at.child('nodeSelector'));
  checkPodSecurityContext(errors, spec, at.child('securityContext'));
  checkAffinity(errors, spec.affinity, at.child('affinity'));
  checkDnsConfig(errors, spec, at.child('dnsConfig'));
  spec.readinessGates?.forEach((gate, index) => {
    checkQualifiedName(
      errors,
      at.child('readinessGates').index(index).child('conditionType'),
      gate.conditionType ?? '',
    );
  });
  checkSchedulingGates(errors, spec.schedulingGates, at.child('schedulingGates'));
  checkTopologySpread(errors, spec.topologySpreadConstraints, at.child('topologySpreadConstraints'));
  checkHostUsers(errors, spec, at);
  checkScalars(errors, spec, at);
}

function checkScalars(errors: FieldError[], spec: PodSpec, at: FieldPath): void {
  for (const field of ['serviceAccountName', 'nodeName'] as const) {
    const name = spec[field];
    if (name) checkProblems(errors, at.child(field), name, subdomainName(name, false));
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > INT32_MAX)) {
    errors.push(invalidValue(at.child('activeDeadlineSeconds'), deadline, rangeDetail(1, INT32_MAX)));
  }
  if (spec.hostname) checkDns1123Label(errors, at.child('hostname'), spec.hostname);
  if (spec.subdomain) checkDns1123Label(errors, at.child('subdomain'), spec.subdomain);
  checkTolerations(errors, spec.tolerations, at.child('tolerations'));
  checkHostAliases(errors, spec.hostAliases, at.child('hostAliases'));
  const { priorityClassName: priority, runtimeClassName: runtime } = spec;
  if (priority) checkProblems(errors, at.child('priorityClassName'), priority, subdomainName(priority, false));
  if (runtime !== undefined)
    checkProblems(errors, at.child('runtimeClassName'), runtime, subdomainName(runtime, false));
  if (spec.preemptionPolicy !== undefined) {
    checkRequiredOneOf(errors, at.child('preemptionPolicy'), spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']);
  }
  if (spec.os) {
    if (!spec.os.name) errors.push(required(at.child('os', 'name'), 'cannot be empty'));
    else checkOneOf(errors, at.child('os'), spec.os.name, ['linux', 'windows']);
  }
}

function checkHostNetworkPorts(errors: FieldError[], spec: PodSpec, at: FieldPath, isPod: boolean): void {
  if (!spec.hostNetwork) return;
  spec.containers?.forEach((container, index) => {
    container.ports?.forEach((port, portIndex) => {
      const hostPort = port.hostPort ?? 0;
      if ((!isPod && hostPort === 0) || hostPort === port.containerPort) return;
      const field = at.index(index).child('ports').index(portIndex).child('hostPort');
      errors.push(invalidValue(field, hostPort, 'must match `containerPort` when `hostNetwork` is true'));
    });
  });
}

/** A template within a Deployment, ReplicaSet, …: metadata and specification. */
export function checkPodTemplate(errors: FieldError[], template: PodTemplateSpec, at: FieldPath): void {
  const { metadata, spec = { containers: [] } } = template;
  checkLabels(errors, metadata?.labels, at.child('labels'));
  checkAnnotations(errors, metadata?.annotations, at.child('annotations'));
  checkPodAnnotations(errors, metadata?.annotations, spec, at.child('annotations'));
  checkPodSpec(errors, spec, at.child('spec'), false);
  checkProfilesAgree(errors, metadata?.annotations, spec, at.child('spec'));
  if (spec.ephemeralContainers?.length) {
    const detail = 'ephemeral containers not allowed in pod template';
    errors.push(forbiddenField(at.child('spec', 'ephemeralContainers'), detail));
  }
}

/** What controllers that keep Pods running ask of their template besides. */
export function checkRunningTemplate(
  errors: FieldError[],
  template: PodTemplateSpec,
  at: FieldPath,
  kind: string,
): void {
  const policy = template.spec?.restartPolicy ?? '';
  if (policy !== 'Always') errors.push(notSupported(at.child('spec', 'restartPolicy'), policy, ['Always']));
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
    errors.push(forbiddenField(at.child('spec', 'activeDeadlineSeconds'), detail));
  }
}
