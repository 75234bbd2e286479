/**
 * The message of a commit that takes another one back: as `git revert` writes it, with the evidence, and trailers for machines. Pure.
 */

import { inert } from '../problem.ts';
import type { Evidence } from './evidence.ts';

const REVERTS_TRAILER = 'Reflet-Reverts';
export const OVERRIDE_TRAILER = 'Reflet-Override';

export interface RevertMessage {
  commit: string;
  subject: string;
  /** In force before it, whose content is in force again. */
  back: string;
  /** Its parents; more than one: a merge. */
  parents: readonly string[];
  evidence: Evidence;
  /** It removes what the failed commit made: the prune guard is told that this is meant. */
  removes: boolean;
}

export function renderRevert({ commit, subject, back, parents, evidence, removes }: RevertMessage): string {
  const merge = parents.length > 1 ? `, reversing\nchanges made to ${parents[0]}` : '';
  const range = parents.includes(back) ? '' : ` and those between it and\n${back}`;
  const { objects, events, logs } = evidence;
  const sections = [
    `Revert "${inert(subject)}"`,
    `This reverts commit ${commit}${merge}${range}.`,
    ['Its rollout failed:', ...objects.map((line) => `  ${line}`)].join('\n'),
    ...(events.length > 0 ? [['Events:', ...events.map((line) => `  ${line}`)].join('\n')] : []),
    ...logs.map(({ title, lines }) => [`Last lines of ${title}:`, ...lines.map((line) => `    ${line}`)].join('\n')),
    `The same content is refused from now on, unless a commit that brings it\nsays "${OVERRIDE_TRAILER}: ${commit.slice(0, 12)}".`,
    [`${REVERTS_TRAILER}: ${commit}`, ...(removes ? ['Reflet-Confirm: prune'] : [])].join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}
