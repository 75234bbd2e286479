/**
 * What the labels of a container of this host say: for containers whose pod the API does not know any more.
 */

import { LABEL } from '../../agent/containers/names.ts';
import { isObject } from '../../base/json.ts';
import { run } from '../../base/process.ts';

export interface LabelledContainer {
  readonly container: string;
  readonly namespace: string;
  readonly pod: string;
}

/** Undefined when podman has no such container, or it is none of reflet's. */
export async function readContainerLabels(idOrName: string): Promise<LabelledContainer | undefined> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/.test(idOrName)) return undefined;
  const args = ['inspect', '--type=container', '--format', '{{json .Config.Labels}}', idOrName];
  const { exitCode, stdout } = await run('podman', args);
  if (exitCode !== 0) return undefined;
  const labels: unknown = JSON.parse(stdout);
  if (!isObject(labels)) return undefined;
  const { [LABEL.container]: container, [LABEL.namespace]: namespace, [LABEL.pod]: pod } = labels;
  return typeof container === 'string' && typeof namespace === 'string' && typeof pod === 'string'
    ? { container, namespace, pod }
    : undefined;
}
