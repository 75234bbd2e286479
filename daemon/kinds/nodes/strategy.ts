/**
 * What the writes on a Node's paths keep. A new Node may bring its status along (`pkg/registry/core/node/strategy.go`).
 */

import { restore } from '../common/strategy.ts';
import type { Node } from '../types.generated.ts';

export function prepareForUpdate(node: Node, old: Readonly<Node>): void {
  restore(node, old, 'status');
}

export function prepareForStatusUpdate(node: Node, old: Readonly<Node>): void {
  restore(node, old, 'spec');
}
