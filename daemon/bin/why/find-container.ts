/**
 * The pod of a container, by podman's id (or its beginning) or name, as pods' statuses and reflet's naming tell it. Pure.
 */

import type { Pod } from '../../kinds/types.generated.ts';

export interface FoundContainer {
  readonly pod: Readonly<Pod>;
  /** Its name in the pod. */
  readonly container: string;
}

/** An id shorter than this could be anything. */
const ID_LENGTH_MIN = 6;

export function findContainer(pods: readonly Readonly<Pod>[], text: string): FoundContainer | undefined {
  const isId = /^[0-9a-f]{6,64}$/.test(text) && text.length >= ID_LENGTH_MIN;
  for (const pod of pods) {
    const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
    for (const { container, ids } of containersOf(pod)) {
      if (isId && ids.some((id) => id.startsWith(text))) return { pod, container };
      if (text.startsWith(`reflet_${container}_${name}_${namespace}_${uid}_`)) return { pod, container };
    }
  }
  return undefined;
}

function containersOf({ status }: Readonly<Pod>): { container: string; ids: string[] }[] {
  const statuses = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  return statuses.map(({ name, containerID, state, lastState }) => {
    const ids = [containerID, state?.terminated?.containerID, lastState?.terminated?.containerID];
    return { container: name, ids: ids.flatMap((id) => (id ? [id.replace(/^\w+:\/\//, '')] : [])) };
  });
}
