/**
 * Short forms for what tests of kinds say.
 */

import { type FieldError, formatFieldError } from '../../../daemon/base/field.ts';
import { cloneJson } from '../../../daemon/base/json.ts';
import type { KubeObject } from '../../../daemon/base/object.ts';
import type { Pod, PodSpec } from '../../../daemon/kinds/types.generated.ts';

export const texts = (errors: readonly FieldError[]): string[] => errors.map(formatFieldError);

/** A Pod of one container, with `spec` over it. */
export function podBody(spec: Partial<PodSpec> | Record<string, unknown> = {}, metadata: object = {}): Pod {
  return {
    metadata: { name: 'p', ...metadata },
    spec: { containers: [{ name: 'c', image: 'registry.example/app:1' }], ...spec } as PodSpec,
  };
}

/** A Pod whose one container has `fields`. */
export const containerBody = (fields: object, spec: object = {}): Pod =>
  podBody({ containers: [{ name: 'c', image: 'registry.example/app:1', ...fields }], ...spec });

/** A copy that may be changed. */
export const copyOf = <T extends KubeObject>(object: KubeObject): T => cloneJson(object) as T;
