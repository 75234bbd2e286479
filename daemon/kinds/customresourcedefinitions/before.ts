/**
 * What a definition was before: what was accepted once is not refused for rules that came later. Pure.
 */

import type { CustomResourceDefinition } from '../types.generated.ts';
import { isEstablished } from './conditions.ts';
import { caBundleProblem, REVIEW_VERSIONS } from './conversion.ts';

export interface Before {
  readonly schemas: ReadonlyMap<string, unknown>;
  readonly hasUnknownReviewVersions: boolean;
  readonly allowsInvalidCaBundle: boolean;
}

export const NOTHING_BEFORE: Before = {
  schemas: new Map(),
  hasUnknownReviewVersions: false,
  allowsInvalidCaBundle: true,
};

export function beforeOf(old: Readonly<CustomResourceDefinition>): Before {
  const { webhook } = old.spec.conversion ?? {};
  const reviewVersions = webhook?.conversionReviewVersions ?? [];
  const bundle = webhook?.clientConfig?.caBundle;
  return {
    schemas: new Map((old.spec.versions ?? []).map(({ name, schema }) => [name, schema])),
    hasUnknownReviewVersions:
      reviewVersions.length > 0 && !reviewVersions.some((version) => REVIEW_VERSIONS.includes(version)),
    allowsInvalidCaBundle: !isEstablished(old) || (!!bundle && caBundleProblem(bundle) !== undefined),
  };
}
