/**
 * The rules of a Node (`pkg/apis/core/validation`: ValidateNode, ValidateNodeUpdate).
 */

import { duplicate, type FieldError, forbiddenField, invalidValue, path } from '../../base/field.ts';
import { cidrFamily } from '../../base/ip.ts';
import { canonicalJson } from '../../base/json.ts';
import { checkCidr } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import { checkResourceAmount } from '../common/pod/resources.ts';
import { checkTaints } from '../common/pod/scheduling.ts';
import type { Node, NodeStatus } from '../types.generated.ts';

const POD_CIDRS = path('spec').child('podCIDRs');
const STATUS = path('status');
const TAINTS = path('metadata').child('taints'); // upstream's own path

export function validate(node: Readonly<Node>): FieldError[] {
  const errors: FieldError[] = [];
  checkTaints(errors, node.spec?.taints, TAINTS);
  checkResources(errors, node.status);
  const blocks = node.spec?.podCIDRs ?? [];
  blocks.forEach((block, index) => {
    checkCidr(errors, POD_CIDRS.index(index), block);
  });
  if (blocks.length > 1) {
    if (new Set(blocks.map(cidrFamily)).size < 2 || blocks.length > 2) {
      errors.push(
        invalidValue(POD_CIDRS, goValue('[]string', blocks), 'may specify no more than one CIDR for each IP family'),
      );
    }
    blocks.forEach((block, index) => {
      if (blocks.indexOf(block) < index) errors.push(duplicate(POD_CIDRS.index(index), block));
    });
  }
  return errors;
}

function checkResources(errors: FieldError[], status: NodeStatus | undefined): void {
  for (const list of ['capacity', 'allocatable'] as const) {
    for (const [name, amount] of Object.entries(status?.[list] ?? {})) {
      checkResourceAmount(errors, STATUS.child(list, name), name, amount);
    }
  }
}

export function validateUpdate(node: Readonly<Node>, old: Readonly<Node>): FieldError[] {
  // Upstream judges the new object as one, and once more as an update: what is wrong is told twice.
  return [...newMetadataErrors(node, subdomainName, false), ...validate(node), ...validateStatusUpdate(node, old)];
}

/** Of a status, what an update of the whole node has to keep to as well. */
export function validateStatusUpdate(node: Readonly<Node>, old: Readonly<Node>): FieldError[] {
  const errors = ownMetadataErrors(node, old);
  checkResources(errors, node.status);
  const seen = new Set<string>();
  node.status?.addresses?.forEach((address, index) => {
    const identity = canonicalJson(address);
    if (seen.has(identity))
      errors.push(duplicate(STATUS.child('addresses').index(index), goValue('core.NodeAddress', address)));
    seen.add(identity);
  });
  const before = errors.length;
  checkPodCidrs(errors, node.spec?.podCIDRs ?? [], old.spec?.podCIDRs ?? []);
  if (old.spec?.providerID && old.spec.providerID !== node.spec?.providerID) {
    const detail = 'node updates may not change providerID except from "" to valid';
    errors.push(forbiddenField(path('spec').child('providerID'), detail));
  }
  const isProtected = errors.length > before || (node.spec?.externalID ?? '') !== (old.spec?.externalID ?? '');
  checkTaints(errors, node.spec?.taints, TAINTS);
  // Upstream compares what is left when all that may change is taken as it comes, and so finds these once more.
  if (isProtected) errors.push(forbiddenField(path('[]'), 'node updates may only change labels, taints, or capacity'));
  return errors;
}

function checkPodCidrs(errors: FieldError[], blocks: readonly string[], old: readonly string[]): void {
  if (old.length === 0) return;
  const detail = 'node updates may not change podCIDR except from "" to valid';
  if (old.length !== blocks.length) {
    errors.push(forbiddenField(POD_CIDRS, detail));
    return;
  }
  old.forEach((block, index) => {
    if (block !== blocks[index]) errors.push(forbiddenField(POD_CIDRS, detail));
  });
}
