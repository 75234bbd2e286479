/**
 * What the garbage collector and the namespace controller look after: every kept resource that can be listed, watched and deleted.
 */

import type { Kind, KindRegistry } from './kind.ts';
import type { Resource } from './resource.ts';

const VERBS = ['list', 'watch', 'delete'];

/** events.k8s.io is a second view of the same events. */
const isCollected = ({ stored, verbs, resource }: Kind): boolean =>
  stored && resource.group !== 'events.k8s.io' && (verbs === undefined || VERBS.every((verb) => verbs.includes(verb)));

export function collectedResources(registry: KindRegistry): Resource[] {
  return registry.kinds.filter(isCollected).map(({ resource }) => resource);
}
