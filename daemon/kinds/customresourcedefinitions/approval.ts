/**
 * Groups of Kubernetes' community need an annotation that says where they were approved (`pkg/apihelpers` GetAPIApprovalState, KEP-1111). Pure.
 */

import type { CustomResourceDefinition } from '../types.generated.ts';

export const APPROVAL_ANNOTATION = 'api-approved.kubernetes.io';
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';

export type ApprovalState = 'NotRequired' | 'Missing' | 'Invalid' | 'Bypassed' | 'Approved';

const isProtected = (group: string): boolean => /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);

export function approvalOf({ metadata, spec }: Readonly<CustomResourceDefinition>): {
  state: ApprovalState;
  why: string;
} {
  if (!isProtected(spec.group ?? '')) return { state: 'NotRequired', why: '' };
  const said = metadata?.annotations?.[APPROVAL_ANNOTATION];
  if (!said)
    return { state: 'Missing', why: `protected groups must have approval annotation "${APPROVAL_ANNOTATION}", ${SEE}` };
  if (said.startsWith('unapproved')) return { state: 'Bypassed', why: `not approved: ${JSON.stringify(said)}` };
  if (URL.canParse(said) && new URL(said).host !== '') return { state: 'Approved', why: `approved in ${said}` };
  const why = `protected groups must have approval annotation "${APPROVAL_ANNOTATION}" with either a URL or a reason starting with "unapproved", ${SEE}`;
  return { state: 'Invalid', why };
}
