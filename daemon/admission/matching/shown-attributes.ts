/**
 * What policies and webhooks are shown of a request, where that is not the object itself: of a write of `/scale` the Scale. Pure.
 */

import { SCALE, scaleOf } from '../../kinds/common/scale-view.ts';
import type { Attributes } from '../plugin.ts';

export function shownAttributes(attributes: Attributes): Attributes {
  const { kind, subresource, object, old } = attributes;
  if (subresource !== 'scale' || !kind.scale) return attributes;
  return { ...attributes, objectKind: SCALE, object: object && scaleOf(kind, object), old: old && scaleOf(kind, old) };
}
