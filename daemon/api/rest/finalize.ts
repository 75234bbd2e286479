/**
 * PUT of `namespaces/x/finalize`: the namespace controller takes `spec.finalizers` away when a namespace is empty. Labels and annotations are
 * taken as they are sent (whoever leaves them out drops them, as upstream); nothing else changes by it.
 */

import { cloneJson } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import type { Namespace } from '../../kinds/types.generated.ts';
import type { Draft } from './write-update.ts';

/** The live namespace with the finalizers (and the condition on the revision) that were sent. */
export function finalizeDraft(sent: KubeObject, live: Readonly<KubeObject>): Draft {
  const object = cloneJson(live) as Namespace;
  const finalizers = (sent as Namespace).spec?.finalizers;
  object.spec = { ...object.spec };
  if (finalizers?.length) object.spec.finalizers = [...finalizers];
  else delete object.spec.finalizers;
  const { resourceVersion, labels, annotations } = sent.metadata ?? {};
  object.metadata = { ...object.metadata, resourceVersion, labels, annotations };
  return { object };
}
