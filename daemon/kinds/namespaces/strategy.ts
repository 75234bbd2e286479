/**
 * What a Namespace is given and keeps: the finalizer that empties it first, and a status that only `/status` writes.
 */

import { restore } from '../common/strategy.ts';
import type { Namespace } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';

const FINALIZER = 'kubernetes';

export function prepareForCreate(namespace: Namespace): void {
  namespace.status = { phase: 'Active' };
  namespace.spec ??= {};
  const finalizers = namespace.spec.finalizers ?? [];
  if (!finalizers.includes(FINALIZER)) namespace.spec.finalizers = [...finalizers, FINALIZER];
  setDefaults(namespace); // a generated name is known by now
}

export function prepareForUpdate(namespace: Namespace, old: Readonly<Namespace>): void {
  namespace.spec = { ...namespace.spec, finalizers: old.spec?.finalizers };
  restore(namespace, old, 'status');
}

export function prepareForStatusUpdate(namespace: Namespace, old: Readonly<Namespace>): void {
  restore(namespace, old, 'spec');
}
