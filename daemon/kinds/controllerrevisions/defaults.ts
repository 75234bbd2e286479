/**
 * Defaults of a ControllerRevision: its number is always shown.
 */

import type { ControllerRevision } from '../types.generated.ts';

export function setDefaults(revision: ControllerRevision): void {
  revision.revision ??= 0;
}
