/**
 * What runs or asks a container: probes and lifecycle hooks.
 */

import { type FieldError, type FieldPath, forbiddenField, invalidValue, required } from '../../../base/field.ts';
import { httpHeaderProblems } from '../../../base/names.ts';
import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '../../types.generated.ts';
import { checkNotNegative, checkOneOf, checkPortNumberOrName, checkProblems } from '../checks.ts';

const SCHEMES = ['HTTP', 'HTTPS'];
const MORE_THAN_ONE = 'may not specify more than 1 handler type';
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

type AnyHandler = Omit<LifecycleHandler, 'sleep'> & { grpc?: Probe['grpc']; sleep?: LifecycleHandler['sleep'] };

function checkHandler(errors: FieldError[], handler: AnyHandler, grace: number | undefined, at: FieldPath): void {
  let handlers = 0;
  for (const name of HANDLERS) {
    if (!handler[name]) continue;
    if (handlers++ > 0) errors.push(forbiddenField(at.child(name), MORE_THAN_ONE));
    else checkAction(errors, handler, name, grace, at.child(name));
  }
  if (handlers === 0) errors.push(required(at, 'must specify a handler type'));
}

function checkAction(
  errors: FieldError[],
  handler: AnyHandler,
  name: (typeof HANDLERS)[number],
  grace: number | undefined,
  at: FieldPath,
): void {
  if (name === 'exec') {
    if (!handler.exec?.command?.length) errors.push(required(at.child('command')));
  } else if (name === 'httpGet') {
    checkHttpGet(errors, handler.httpGet!, at);
  } else if (name === 'sleep') {
    checkSleep(errors, handler.sleep?.seconds ?? 0, grace, at);
  } else {
    checkPortNumberOrName(errors, at.child('port'), handler[name]?.port);
  }
}

function checkHttpGet(errors: FieldError[], action: HTTPGetAction, at: FieldPath): void {
  if (!action.path) errors.push(required(at.child('path')));
  checkPortNumberOrName(errors, at.child('port'), action.port);
  checkOneOf(errors, at.child('scheme'), action.scheme ?? '', SCHEMES);
  for (const header of action.httpHeaders ?? []) {
    checkProblems(errors, at.child('httpHeaders'), header.name ?? '', httpHeaderProblems(header.name ?? ''));
  }
}

function checkSleep(errors: FieldError[], seconds: number, grace: number | undefined, at: FieldPath): void {
  if (grace === undefined || (seconds > 0 && seconds <= grace)) return;
  const detail = `must be greater than 0 and less than terminationGracePeriodSeconds (${grace}). Enable AllowPodLifecycleSleepActionZeroValue feature gate for zero sleep.`;
  errors.push(invalidValue(at, seconds, detail));
}

export function checkLifecycle(
  errors: FieldError[],
  lifecycle: Lifecycle | undefined,
  grace: number | undefined,
  at: FieldPath,
): void {
  if (lifecycle?.postStart) checkHandler(errors, lifecycle.postStart, grace, at.child('postStart'));
  if (lifecycle?.preStop) checkHandler(errors, lifecycle.preStop, grace, at.child('preStop'));
}

export type ProbeName = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

/** One probe; liveness and startup succeed at the first success, readiness has no grace period of its own. */
export function checkProbe(
  errors: FieldError[],
  probe: Probe | undefined,
  name: ProbeName,
  grace: number | undefined,
  container: FieldPath,
): void {
  if (!probe) return;
  const at = container.child(name);
  checkHandler(errors, probe, grace, at);
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    checkNotNegative(errors, at.child(field), probe[field]);
  }
  const probeGrace = probe.terminationGracePeriodSeconds;
  if (probeGrace !== undefined && probeGrace <= 0) {
    errors.push(invalidValue(at.child('terminationGracePeriodSeconds'), probeGrace, 'must be greater than 0'));
  }
  if (name !== 'readinessProbe') {
    if (probe.successThreshold !== 1) {
      errors.push(invalidValue(at.child('successThreshold'), probe.successThreshold ?? 0, 'must be 1'));
    }
  } else if (probeGrace !== undefined) {
    errors.push(
      invalidValue(at.child('terminationGracePeriodSeconds'), probeGrace, 'must not be set for readinessProbes'),
    );
  }
}
