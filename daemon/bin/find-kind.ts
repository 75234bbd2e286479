/**
 * The kind that a person means: `deploy`, `deployments`, `deployment`, `Deployment`, `deployments.apps`. As kubectl reads it. Pure.
 */

import { badRequest } from '../base/status.ts';
import type { Kind, KindRegistry } from '../kinds/kind.ts';

/** Throws 400 for a name that nothing has. */
export function findKind(registry: KindRegistry, text: string): Kind {
  const [name = '', ...groupParts] = text.toLowerCase().split('.');
  const group = groupParts.join('.');
  const kind = registry.kinds.find(
    (one) =>
      one.stored &&
      (group === '' || one.resource.group === group) &&
      [one.resource.plural, one.singular, one.resource.kind.toLowerCase(), ...one.shortNames].includes(name),
  );
  if (kind) return kind;
  throw badRequest(
    `there is no kind ${JSON.stringify(text.slice(0, 100))}: expected one such as deployment, deploy or deployments.apps`,
  );
}
