/**
 * `containers`, `initContainers` and `ephemeralContainers` of a Pod's specification.
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  notFoundField,
  notSupported,
  required,
} from '../../../base/field.ts';
import { portNameProblems, portNumberProblems } from '../../../base/names.ts';
import type { Container, ContainerPort, PodSpec, Volume } from '../../types.generated.ts';
import { checkDns1123Label, checkOneOf, checkProblems, checkRequiredOneOf } from '../checks.ts';
import { checkEnvironment, checkEnvironmentFrom } from './environment.ts';
import { checkLifecycle, checkProbe } from './handlers.ts';
import { checkVolumeDevices, checkVolumeMounts } from './mounts.ts';
import { checkResourceRequirements } from './resources.ts';
import { checkSecurityContext } from './security.ts';

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const NOT_FOR_INIT = 'may not be set for init containers without restartPolicy=Always';
const NOT_FOR_EPHEMERAL = 'cannot be set for an Ephemeral Container';
const FIELDS_NOT_FOR_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  ...PROBES,
  'lifecycle',
] as const;

/** What the checks of containers need to know of the Pod around them. */
export interface PodContext {
  readonly spec: PodSpec;
  readonly volumes: ReadonlyMap<string, Volume>;
}

export function checkContainers(errors: FieldError[], context: PodContext, at: FieldPath): void {
  const { containers } = context.spec;
  if (!containers?.length) {
    errors.push(required(at));
    return;
  }
  const grace = context.spec.terminationGracePeriodSeconds;
  const names = new Set<string>();
  containers.forEach((container, index) => {
    const entry = at.index(index);
    checkCommon(errors, container, context, entry);
    if (names.has(container.name)) errors.push(duplicate(entry.child('name'), container.name));
    names.add(container.name);
    checkLifecycle(errors, container.lifecycle, grace, entry.child('lifecycle'));
    for (const name of PROBES) checkProbe(errors, container[name], name, grace, entry);
    if (container.restartPolicy !== undefined) {
      errors.push(forbiddenField(entry.child('restartPolicy'), 'may not be set for non-init containers'));
    }
  });
  checkHostPortConflicts(errors, containers, at);
}

export function checkInitContainers(errors: FieldError[], context: PodContext, at: FieldPath): void {
  const names = new Set((context.spec.containers ?? []).map(({ name }) => name));
  const grace = context.spec.terminationGracePeriodSeconds;
  context.spec.initContainers?.forEach((container, index) => {
    const entry = at.index(index);
    checkCommon(errors, container, context, entry);
    if (container.restartPolicy !== undefined) {
      checkOneOf(errors, entry.child('restartPolicy'), container.restartPolicy, ['Always']);
    }
    if (names.has(container.name)) errors.push(duplicate(entry.child('name'), container.name));
    else if (container.name) names.add(container.name);
    checkHostPortConflicts(errors, [container], at);
    if (container.restartPolicy === 'Always') {
      checkLifecycle(errors, container.lifecycle, grace, entry.child('lifecycle'));
      for (const name of PROBES) checkProbe(errors, container[name], name, grace, entry);
    } else {
      for (const name of ['lifecycle', ...PROBES] as const) {
        if (container[name]) errors.push(forbiddenField(entry.child(name), NOT_FOR_INIT));
      }
    }
  });
}

export function checkEphemeralContainers(errors: FieldError[], context: PodContext, at: FieldPath): void {
  const { spec } = context;
  if (!spec.ephemeralContainers?.length) return;
  const targets = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(targets);
  spec.ephemeralContainers.forEach((container, index) => {
    const entry = at.index(index);
    checkCommon(errors, container, context, entry);
    checkImageSpace(errors, container.image ?? '', entry);
    if (names.has(container.name)) errors.push(duplicate(entry.child('name'), container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !targets.has(target)) errors.push(notFoundField(entry.child('targetContainerName'), target));
    for (const field of FIELDS_NOT_FOR_EPHEMERAL) {
      const value = container[field];
      if (value === undefined || (field === 'resources' && Object.keys(value).length === 0)) continue;
      errors.push(forbiddenField(entry.child(field), NOT_FOR_EPHEMERAL));
    }
    container.volumeMounts?.forEach((mount, mountIndex) => {
      for (const field of ['subPath', 'subPathExpr'] as const) {
        if (!mount[field]) continue;
        errors.push(forbiddenField(entry.child('volumeMounts').index(mountIndex).child(field), NOT_FOR_EPHEMERAL));
      }
    });
  });
}

function checkCommon(errors: FieldError[], container: Container, context: PodContext, at: FieldPath): void {
  if (!container.name) errors.push(required(at.child('name')));
  else checkDns1123Label(errors, at.child('name'), container.name);
  if (!container.image) errors.push(required(at.child('image')));
  checkRequiredOneOf(
    errors,
    at.child('terminationMessagePolicy'),
    container.terminationMessagePolicy,
    MESSAGE_POLICIES,
  );
  checkPorts(errors, container.ports, at.child('ports'));
  checkEnvironment(errors, container.env, at.child('env'));
  checkEnvironmentFrom(errors, container.envFrom, at.child('envFrom'));
  checkVolumeMounts(errors, container, context.volumes, at.child('volumeMounts'));
  checkVolumeDevices(errors, container, context.volumes, at.child('volumeDevices'));
  checkRequiredOneOf(errors, at.child('imagePullPolicy'), container.imagePullPolicy, PULL_POLICIES);
  checkResourceRequirements(errors, container.resources, at.child('resources'));
  checkSecurityContext(
    errors,
    container.securityContext,
    at.child('securityContext'),
    context.spec.hostUsers !== false,
  );
}

function checkPorts(errors: FieldError[], ports: readonly ContainerPort[] | undefined, at: FieldPath): void {
  const names = new Set<string>();
  ports?.forEach((port, index) => {
    const entry = at.index(index);
    if (port.name) {
      const problems = portNameProblems(port.name);
      checkProblems(errors, entry.child('name'), port.name, problems);
      if (problems.length === 0) {
        if (names.has(port.name)) errors.push(duplicate(entry.child('name'), port.name));
        names.add(port.name);
      }
    }
    if (!port.containerPort) errors.push(required(entry.child('containerPort')));
    else
      checkProblems(errors, entry.child('containerPort'), port.containerPort, portNumberProblems(port.containerPort));
    if (port.hostPort) {
      checkProblems(errors, entry.child('hostPort'), port.hostPort, portNumberProblems(port.hostPort));
    }
    if (!port.protocol) errors.push(required(entry.child('protocol')));
    else if (!PROTOCOLS.includes(port.protocol)) {
      errors.push(notSupported(entry.child('protocol'), port.protocol, PROTOCOLS));
    }
  });
}

function checkHostPortConflicts(errors: FieldError[], containers: readonly Container[], at: FieldPath): void {
  const taken = new Set<string>();
  containers.forEach((container, index) => {
    container.ports?.forEach((port, portIndex) => {
      if (!port.hostPort) return;
      const identity = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(identity)) {
        errors.push(duplicate(at.index(index).child('ports').index(portIndex).child('hostPort'), identity));
      }
      taken.add(identity);
    });
  });
}

/** A Pod's (not a template's) image has no blanks around it. */
export function checkImageSpace(errors: FieldError[], image: string, container: FieldPath): void {
  if (image.trim() === image) return;
  errors.push(invalidValue(container.child('image'), image, 'must not have leading or trailing whitespace'));
}
