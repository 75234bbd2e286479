/**
 * Tells people what somebody else had put into reflet's firewall chains and what was removed: in the log and as an Event of the node.
 */

import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import { createEventRecorder } from '../runtime/events.ts';

/** Of the Event; `reflet status` looks for it. */
export const FOREIGN_RULE_REASON = 'ForeignRuleRemoved';

/** Rules that one report quotes; the rest is counted. */
const RULES_SHOWN_MAX = 3;

export function reportForeignRules(client: Client, nodeName: string, log: Logger): (rules: readonly string[]) => void {
  const recorder = createEventRecorder(client, { clock: systemClock, log, component: 'reflet-node', host: nodeName });
  return (rules) => {
    log.warn({ rules: rules.slice(0, 100), count: rules.length }, 'foreign rules in chains of reflet were removed');
    const shown = rules.slice(0, RULES_SHOWN_MAX).map((rule) => JSON.stringify(rule));
    const more = rules.length > RULES_SHOWN_MAX ? ` and ${rules.length - RULES_SHOWN_MAX} more` : '';
    recorder.record({
      regarding: { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeName },
      type: 'Warning',
      reason: FOREIGN_RULE_REASON,
      message: `removed from chains of reflet, which nobody else may write to: ${shown.join(', ')}${more}`,
    });
  };
}
