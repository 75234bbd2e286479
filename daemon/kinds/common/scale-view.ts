/**
 * `autoscaling/v1` Scale as a view on a workload: what `/scale` answers, and what is judged when it is written. Pure.
 */

import type { KubeObject } from '../../base/object.ts';
import { defineKind } from '../define-kind.ts';
import type { Kind } from '../kind.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import type { Scale } from '../types.generated.ts';
import { pathSegmentName } from './names.ts';
import { keepAsIs } from './strategy.ts';
import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from './table.ts';

export const SCALE: Resource<Scale> = {
  group: 'autoscaling',
  version: 'v1',
  plural: 'scales',
  kind: 'Scale',
  namespaced: true,
};

/** Not served by itself; what a Scale is where one is shown. */
export const scaleKind = defineKind<Scale>({
  resource: SCALE,
  stored: false,
  setDefaults: keepAsIs,
  validate: () => [],
  validateUpdate: () => [],
  validateName: pathSegmentName,
  table: {
    columns: [
      NAME_COLUMN,
      column('Desired', 'How many Pods are wanted.', 'integer'),
      column('Available', 'How many Pods were counted last.', 'integer'),
      AGE_COLUMN,
    ],
    cells: (scale, now) => [nameOf(scale), scale.spec?.replicas ?? 0, scale.status?.replicas ?? 0, age(scale, now)],
  },
});

/** Only of kinds that have a `scale`. */
export function scaleOf({ scale: definition }: Kind, object: Readonly<KubeObject>): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata ?? {};
  const scale = definition!;
  const selector = scale.selector(object);
  const replicas = scale.replicas(object);
  return {
    apiVersion: apiVersionOf(SCALE),
    kind: SCALE.kind,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: scale.statusReplicas(object), ...(selector ? { selector } : {}) },
  };
}
