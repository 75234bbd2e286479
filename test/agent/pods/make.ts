/** Snapshots of pods for the tests of what is decided and said about them. */

import { specificationHash } from '../../../daemon/agent/containers/names.ts';
import type { ObservedContainer } from '../../../daemon/agent/pods/observed.ts';
import type { PodSnapshot, ProbeResults } from '../../../daemon/agent/pods/snapshot.ts';
import type { Container, Pod } from '../../../daemon/kinds/types.generated.ts';

export const NOW = Date.parse('2026-11-21T10:00:00Z');
export const UID = '11111111-2222-3333-4444-555555555555';

export function makeContainer(name: string, more: Partial<Container> = {}): Container {
  return { name, image: 'example:1', ...more };
}

export function makePod(spec: Partial<NonNullable<Pod['spec']>>, more: Partial<Pod> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    ...more,
    metadata: { name: 'web', namespace: 'default', uid: UID, ...more.metadata },
    spec: { containers: [makeContainer('main')], ...spec },
  };
}

export function observed(container: Container, more: Partial<ObservedContainer> = {}): ObservedContainer {
  const restartCount = more.restartCount ?? 0;
  return {
    id: `${container.name}-${restartCount}`,
    uid: UID,
    namespace: 'default',
    pod: 'web',
    name: container.name,
    restartCount,
    hash: specificationHash(container),
    backoffMs: 0,
    state: 'running',
    createdMs: NOW - 5_000,
    startedMs: NOW - 4_000,
    finishedMs: more.state === 'exited' ? NOW : 0,
    exitCode: 0,
    oomKilled: false,
    pid: 10,
    conmonPid: 9,
    image: 'docker.io/library/example:1',
    imageId: 'abc',
    stopSignal: 15,
    cgroupPath: '',
    adopted: false,
    ...more,
  };
}

const READY: ProbeResults = { started: true, ready: true, live: true };

export function makeSnapshot(
  pod: Pod,
  containers: ObservedContainer[] = [],
  more: Partial<PodSnapshot> = {},
): PodSnapshot {
  const running = containers.filter(({ state }) => state === 'running');
  return {
    pod,
    removed: false,
    containers,
    podIp: '10.0.0.5',
    hostIp: '192.0.2.1',
    admitted: true,
    prepared: true,
    preparing: false,
    images: new Map(
      [
        ...(pod.spec?.containers ?? []),
        ...(pod.spec?.initContainers ?? []),
        ...(pod.spec?.ephemeralContainers ?? []),
      ].map(({ name }) => [name, { state: 'ready' }]),
    ),
    startProblems: new Map(),
    stopping: new Map(),
    hooks: new Set(),
    probes: new Map(running.map(({ name }) => [name, READY])),
    cleaned: false,
    ...more,
  };
}
