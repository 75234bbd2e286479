/** ComponentStatuses (`pkg/registry/core/componentstatus`): the parts of the control plane that kube-apiserver asks how they are. */

import { StatusError } from '../../base/status.ts';
import type { ComponentStatus } from '../../kinds/types.generated.ts';
import type { Measurement } from './measured.ts';

/** By name; undefined: it is well. */
export type ComponentProblems = Readonly<Record<string, string | undefined>>;

export function measureComponents(problems: ComponentProblems): Measurement {
  const objects = Object.entries(problems)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, problem]): ComponentStatus => {
      const health = problem === undefined ? { status: 'True', message: 'ok' } : { status: 'False', message: problem };
      return {
        apiVersion: 'v1',
        kind: 'ComponentStatus',
        metadata: { name, creationTimestamp: null as unknown as string },
        conditions: [{ type: 'Healthy', ...health }],
      };
    });
  return { objects, missing: (name) => new StatusError(500, '', `Component not found: ${name}`) };
}
