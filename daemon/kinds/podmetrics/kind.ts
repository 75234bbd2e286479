/**
 * What PodMetrics are: what a pod uses now, told and not kept.
 */

import { measuredKind } from '../common/measured.ts';
import { POD_METRICS } from '../resources.ts';
import type { PodMetrics } from '../types.generated.ts';
import { validate } from './validation.ts';

export const podMetrics = measuredKind<PodMetrics>(POD_METRICS, validate, ({ containers = [] }) =>
  containers.map(({ usage }) => usage ?? {}),
);
