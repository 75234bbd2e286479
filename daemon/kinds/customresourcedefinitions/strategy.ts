/**
 * What the writes on a CustomResourceDefinition's paths keep (`pkg/registry/customresourcedefinition/strategy.go`): every version in which objects
 * were ever kept is remembered.
 */

import { showAsNull } from '../common/defaults.ts';
import { restore } from '../common/strategy.ts';
import type { CustomResourceDefinition } from '../types.generated.ts';

export function prepareForCreate(definition: CustomResourceDefinition): void {
  definition.status = { acceptedNames: { plural: '', kind: '' } };
  showAsNull(definition.status, 'conditions', 'storedVersions');
  rememberStorage(definition);
}

export function prepareForUpdate(definition: CustomResourceDefinition, old: Readonly<CustomResourceDefinition>): void {
  restore(definition, old, 'status');
  rememberStorage(definition);
}

function rememberStorage(definition: CustomResourceDefinition): void {
  const stored = definition.status?.storedVersions ?? [];
  const storage = definition.spec?.versions?.find((version) => version.storage)?.name;
  if (storage === undefined || stored.includes(storage)) return;
  definition.status = { ...definition.status, storedVersions: [...stored, storage] };
}

export function prepareForStatusUpdate(
  definition: CustomResourceDefinition,
  old: Readonly<CustomResourceDefinition>,
): void {
  restore(definition, old, 'spec');
  const { managedFields, resourceVersion, finalizers } = definition.metadata ?? {};
  definition.metadata = { ...old.metadata, managedFields, resourceVersion, ...(finalizers ? { finalizers } : {}) };
  if (!finalizers) delete definition.metadata.finalizers;
}
