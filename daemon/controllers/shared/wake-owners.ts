/**
 * Which owners are woken by a change of what they control: the one that the object names or named and, of an orphan, all whose selector takes it.
 */

import { compileLabelSelector } from '../../base/label-selector.ts';
import { controllerOf, formatKey, type KubeObject, keyOf, type ObjectKey } from '../../base/object.ts';
import type { LabelSelectorObject } from '../../base/selector.ts';
import type { Informer, InformerHandler } from '../../client/informer.ts';
import type { Resource } from '../../kinds/resource.ts';

interface Owner extends KubeObject {
  spec?: { selector?: LabelSelectorObject };
}

/** Whom the object names as its controller, if that is one of this kind. */
export function ownerKey(kind: string, object: Readonly<KubeObject>): ObjectKey | undefined {
  const controller = controllerOf(object);
  return controller?.kind === kind ? { namespace: object.metadata?.namespace, name: controller.name } : undefined;
}

/** A handler for the changes of what `owners`, of the kind of `resource`, control. */
export function wakeOwners<T extends Owner>(
  { kind }: Resource<T>,
  owners: Informer<T>,
  enqueue: (key: string) => void,
): InformerHandler<KubeObject> {
  const wakeNamed = (object: Readonly<KubeObject> | undefined): void => {
    const key = object && ownerKey(kind, object);
    if (key) enqueue(formatKey(key));
  };
  const wakeMatching = ({ metadata }: Readonly<KubeObject>): void => {
    for (const owner of owners.inNamespace(metadata?.namespace ?? '')) {
      if (compileLabelSelector(owner.spec?.selector)(metadata?.labels)) enqueue(formatKey(keyOf(owner)));
    }
  };
  return ({ before, after }) => {
    wakeNamed(before);
    wakeNamed(after);
    if (after && !controllerOf(after)) wakeMatching(after);
  };
}
