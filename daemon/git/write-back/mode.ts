/**
 * What becomes of a person's write that belongs into git: `apiWrites` of `reflet.yaml`, by namespace. And what is said when that is not a commit. Pure.
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import { forbidden, type StatusError } from '../../base/status.ts';
import type { Configuration, WriteMode } from '../configuration/configuration.ts';
import type { DesiredState } from '../desired-state.ts';
import { changedFields, formatField, namedFields, touching } from './changed-fields.ts';
import type { Route } from './route.ts';

/** `isHosted`: the daemon's own repository, where nobody else decides what the branch takes. */
export function modeOf({ apiWrites }: Configuration, { old, next }: PlannedWrite, isHosted: boolean): WriteMode {
  const namespace = (next ?? old)?.metadata?.namespace;
  const own = namespace !== undefined && Object.hasOwn(apiWrites.namespaces, namespace);
  return (own ? apiWrites.namespaces[namespace] : apiWrites.mode) ?? (isHosted ? 'commit' : 'branch');
}

/** `web.yaml:3`, or where the object's file would be. */
function placeOf(state: DesiredState, { key, kind, next, old }: PlannedWrite): { place: string; isThere: boolean } {
  const defined = state.objects.get(key);
  if (defined) return { place: `${defined.file.path}:${defined.document.line}`, isThere: true };
  const { namespace = '', name = '' } = (next ?? old)?.metadata ?? {};
  return { place: `${namespace}/${kind.resource.kind.toLowerCase()}-${name}.yaml`, isThere: false };
}

export function refuseWrite({ kind, next, old }: PlannedWrite, why: string): StatusError {
  const { group, plural: resource } = kind.resource;
  return forbidden({ group, resource }, (next ?? old)?.metadata?.name ?? '', why);
}

export function denied(state: DesiredState, write: PlannedWrite): StatusError {
  const { place, isThere } = placeOf(state, write);
  const how = isThere ? `it is written in git at ${place}: change it there` : `add it to git, as ${place} for example,`;
  return refuseWrite(write, `writes through the API are denied here (apiWrites in reflet.yaml): ${how} and push`);
}

const SHOWN_MAX = 5;

/** Undefined: the write leaves alone what git owns. A `/scale` takes the replicas, as a controller's does. */
export function refuseAtRunTime(state: DesiredState, write: PlannedWrite, route: Route): StatusError | undefined {
  const { place } = placeOf(state, write);
  const stays = `it is written in git at ${place}, and writes through the API stay out of git here (apiWrites: runtime)`;
  if (route.to === 'remove') return refuseWrite(write, `${stays}: remove it there and push`);
  const defined = state.objects.get(write.key);
  if (!defined || write.subresource === 'scale') return undefined;
  const owned = touching(changedFields(write.old, write.next), namedFields(defined.document.object));
  if (owned.length === 0) return undefined;
  const names = owned.slice(0, SHOWN_MAX).map(formatField).join(', ');
  return refuseWrite(write, `${stays}: git owns ${names}${owned.length > SHOWN_MAX ? ', …' : ''}; change it there`);
}

export const RUNTIME_WARNING = 'kept at run time only, not in git (apiWrites: runtime in reflet.yaml)';
