/**
 * Several authorizers as one (`--authorization-mode=Node,RBAC`): the first that allows decides; the reasons of those that do not are told together.
 */

import type { Authorizer, RuleAuthorizer, RuleSet } from './user.ts';

interface Member extends Authorizer {
  /** Absent: it grants nothing that rules could tell. */
  rulesFor?: RuleAuthorizer['rulesFor'];
}

export function createUnionAuthorizer(members: readonly Member[]): RuleAuthorizer {
  return {
    authorize(user, attributes) {
      const reasons: string[] = [];
      for (const member of members) {
        const result = member.authorize(user, attributes);
        if (result.allowed) return result;
        if (result.reason) reasons.push(result.reason);
      }
      return { allowed: false, reason: reasons.join('\n') };
    },
    rulesFor(user, namespace) {
      const sets = members.map((member) => member.rulesFor?.(user, namespace)).filter((set): set is RuleSet => !!set);
      const errors = sets.flatMap(({ error }) => (error ? [error] : []));
      return {
        rules: sets.flatMap(({ rules }) => [...rules]),
        incomplete: sets.some(({ incomplete }) => incomplete),
        ...(errors.length > 0 ? { error: errors.length === 1 ? errors[0] : `[${errors.join(', ')}]` } : {}),
      };
    },
  };
}
