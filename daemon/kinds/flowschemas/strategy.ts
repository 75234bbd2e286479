/**
 * What the writes on a FlowSchema's paths keep (`pkg/registry/flowcontrol/flowschema/strategy.go`).
 */

import { restore } from '../common/strategy.ts';
import type { FlowSchema } from '../types.generated.ts';

export function prepareForCreate(flowSchema: FlowSchema): void {
  flowSchema.status = {};
}

export function prepareForUpdate(flowSchema: FlowSchema, old: Readonly<FlowSchema>): void {
  restore(flowSchema, old, 'status');
}

export function prepareForStatusUpdate(flowSchema: FlowSchema, old: Readonly<FlowSchema>): void {
  restore(flowSchema, old, 'spec');
}
