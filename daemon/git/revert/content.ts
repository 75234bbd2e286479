/**
 * What a commit asks for, as one value: the objects that it changes, as their manifests say them, and those that it removes. Pure. Comments, layout and
 * the place of a manifest do not count, so the same change is known again whatever it is wrapped in.
 */

import { createHash } from 'node:crypto';
import { canonicalJson } from '../../base/json.ts';
import type { ObjectChanges } from '../desired-state.ts';

export function contentOf({ changed, removed }: ObjectChanges): string {
  const lines = [
    ...changed.map(({ file, document }) => {
      const key = document.names?.storeKey ?? file.path;
      return `${key} ${createHash('sha256').update(canonicalJson(document.object)).digest('hex')}`;
    }),
    ...removed.map(({ names }) => `${names.storeKey} removed`),
  ];
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}
