/**
 * How a container is recognised as ours: its name and its labels. Everything that the agent must know of a running container after a restart
 * of its own stands in the labels. Pure.
 */

import { createHash } from 'node:crypto';
import type { Container, Pod } from '../../kinds/types.generated.ts';

export const LABEL = {
  /** The node's name: whose container it is, where several agents share one podman. Only containers that carry it are touched. */
  node: 'io.reflet.node',
  uid: 'io.reflet.pod.uid',
  namespace: 'io.reflet.pod.namespace',
  pod: 'io.reflet.pod.name',
  container: 'io.reflet.container.name',
  /** Of what in the container's specification asks for a new container when it changes. */
  hash: 'io.reflet.container.hash',
  restartCount: 'io.reflet.container.restart-count',
  /** How long to wait after this instance has failed, in ms: the restart back-off, kept where it cannot be lost. */
  backoff: 'io.reflet.container.backoff-ms',
} as const;

/** What names a pod in messages: `web_default(uid)`. */
export function formatPod(pod: Readonly<Pod>): string {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  return `${name}_${namespace}(${uid})`;
}

/** One name an instance, so that making it twice finds the first. */
export function containerName(pod: Readonly<Pod>, container: string, restartCount: number): string {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  return `reflet_${container}_${name}_${namespace}_${uid}_${restartCount}`;
}

/** Of a pod's container only the image can be changed in place (kubelet 1.31 hashes name and image). */
export function specificationHash({ name, image = '' }: Readonly<Container>): string {
  return createHash('sha256').update(`${name}\0${image}`).digest('hex').slice(0, 16);
}

export interface Instance {
  node: string;
  restartCount: number;
  backoffMs: number;
}

export function labelsOf(
  pod: Readonly<Pod>,
  container: Readonly<Container>,
  instance: Instance,
): Record<string, string> {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  return {
    [LABEL.node]: instance.node,
    [LABEL.uid]: uid,
    [LABEL.namespace]: namespace,
    [LABEL.pod]: name,
    [LABEL.container]: container.name,
    [LABEL.hash]: specificationHash(container),
    [LABEL.restartCount]: String(instance.restartCount),
    [LABEL.backoff]: String(instance.backoffMs),
  };
}
