/**
 * What NodeMetrics are: what a node uses now, told and not kept.
 */

import { measuredKind } from '../common/measured.ts';
import { NODE_METRICS } from '../resources.ts';
import type { NodeMetrics } from '../types.generated.ts';
import { validate } from './validation.ts';

export const nodeMetrics = measuredKind<NodeMetrics>(NODE_METRICS, validate, ({ usage }) => [usage ?? {}]);
