/**
 * Which fields an endpoint does not let its clients set, so that they never own them (`GetResetFields` of upstream's strategies).
 */

import type { Kind } from '../kinds/kind.ts';
import { type FieldSet, setOf } from '../merge/field-set.ts';

const STATUS = setOf(['f:status']);
const ALL_BUT_STATUS = setOf(['f:spec'], ['f:data'], ['f:rules']);
/** Nodes' agents once corrupted owner references through status writes. */
const POD_STATUS = setOf(['f:spec'], ['f:metadata', 'f:deletionTimestamp'], ['f:metadata', 'f:ownerReferences']);
/** Nothing else of a custom object is written with its status, metadata included. */
const CUSTOM_STATUS = setOf(['f:metadata'], ['f:spec']);
const WORKLOAD_STATUS = setOf(['f:spec'], ['f:metadata', 'f:labels']);

export function resetFieldsOf(kind: Kind, subresource: string): FieldSet | undefined {
  if (!kind.hasStatus) return undefined;
  if (subresource !== 'status') return STATUS;
  if (kind.schema) return CUSTOM_STATUS;
  const { group, plural } = kind.resource;
  if (group === '' && plural === 'pods') return POD_STATUS;
  if (group === 'apps' && plural === 'deployments') return WORKLOAD_STATUS;
  return ALL_BUT_STATUS;
}
