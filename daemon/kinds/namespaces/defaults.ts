/**
 * Defaults of a Namespace: the label with its own name, by which selectors find it.
 */

import { showEachAsNull } from '../common/defaults.ts';
import type { Namespace } from '../types.generated.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';

export function setDefaults(namespace: Namespace): void {
  if (namespace.metadata?.name) {
    namespace.metadata.labels ??= {};
    namespace.metadata.labels[NAME_LABEL] = namespace.metadata.name;
  }
  namespace.spec ??= {};
  namespace.status ??= {};
  namespace.status.phase ||= 'Active';
  showEachAsNull(namespace.status.conditions, 'lastTransitionTime');
}
