/**
 * A write in the version in which the object's file speaks of it: a client may use another one than the manifest. What goes into the store stays.
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import type { KubeObject } from '../../base/object.ts';
import { settled, shown, toStored } from '../../kinds/conversion.ts';
import type { DesiredState } from '../desired-state.ts';

export function inVersionOfFile(state: DesiredState, write: PlannedWrite): PlannedWrite | Promise<PlannedWrite> {
  const kind = state.objects.get(write.key)?.names.kind ?? write.kind;
  if (kind.resource.version === write.kind.resource.version && kind.resource.group === write.kind.resource.group)
    return write;
  const translate = async (object: KubeObject | undefined): Promise<KubeObject | undefined> => {
    if (!object) return undefined;
    const stored = await toStored(write.kind, object);
    return settled(() => shown(kind, stored));
  };
  return Promise.all([translate(write.old), translate(write.next)]).then(([old, next]) => ({
    ...write,
    kind,
    old,
    next,
  }));
}
