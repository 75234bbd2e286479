/**
 * What one check of the Pod Security Standards is, and the words that many of them share (`pod-security-admission/policy/helpers.go`).
 */

import type { Container, EphemeralContainer, ObjectMeta, PodSpec } from '../../kinds/types.generated.ts';

export interface Violation {
  /** `hostPort` */
  readonly reason: string;
  /** `container "c" uses hostPort 80`; `''` when the reason says it all. */
  readonly detail: string;
}

export interface CheckedPod {
  readonly metadata: Readonly<ObjectMeta>;
  readonly spec: Readonly<PodSpec>;
}

export interface Check {
  readonly id: string;
  /** The first minor version of Kubernetes 1 that has it in this form; an entry further down with the same id takes over from its own on. */
  readonly since: number;
  /** Baseline checks that need not be told beside it. */
  readonly overrides?: readonly string[];
  check(pod: CheckedPod): Violation | undefined;
}

export type AnyContainer = Container | EphemeralContainer;

/** In the order in which upstream visits them. */
export function containersOf({ initContainers, containers, ephemeralContainers }: Readonly<PodSpec>): AnyContainer[] {
  return [...(initContainers ?? []), ...(containers ?? []), ...(ephemeralContainers ?? [])];
}

export function namesOf(pod: CheckedPod, isBad: (container: AnyContainer) => boolean): string[] {
  return containersOf(pod.spec)
    .filter(isBad)
    .map(({ name }) => name);
}

/** `"a", "b"` */
export const joinQuoted = (items: readonly string[]): string => items.map((item) => `"${item}"`).join(', ');

export const pluralize = (singular: string, plural: string, count: number): string => (count === 1 ? singular : plural);

/** `container "a"`, `containers "a", "b"` */
export const containersText = (names: readonly string[]): string =>
  `${pluralize('container', 'containers', names.length)} ${joinQuoted(names)}`;

/** `pod and container "a"`: who set it. Empty: nobody. */
export function settersText(isPod: boolean, names: readonly string[]): string {
  return [...(isPod ? ['pod'] : []), ...(names.length > 0 ? [containersText(names)] : [])].join(' and ');
}

export const sortedSet = (values: Iterable<string>): string[] => [...new Set(values)].sort();

export const isWindows = ({ spec }: CheckedPod): boolean => spec.os?.name === 'windows';
