/**
 * Defaults of a CustomResourceDefinition (`pkg/apis/apiextensions/v1/defaults.go`).
 */

import { showAsNull, showEachAsNull } from '../common/defaults.ts';
import type { CustomResourceDefinition } from '../types.generated.ts';

const HTTPS_PORT = 443;

export function setDefaults(definition: CustomResourceDefinition): void {
  setStoredVersion(definition);
  const { spec, status } = definition;
  if (status) showAsNull(status, 'conditions', 'storedVersions');
  showEachAsNull(status?.conditions, 'lastTransitionTime');
  // Both are always told of, as Go writes members that may not be left out.
  for (const version of spec?.versions ?? []) {
    version.served ??= false;
    version.storage ??= false;
  }
  if (!spec?.names) return;
  const { names } = spec;
  if (names.kind) {
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  }
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= HTTPS_PORT;
}

/** Objects are stored in the storage version at least, whatever a status says. */
function setStoredVersion(definition: CustomResourceDefinition): void {
  if (definition.status?.storedVersions?.length) return;
  const storage = definition.spec?.versions?.find((version) => version.storage)?.name;
  if (storage !== undefined) definition.status = { ...definition.status, storedVersions: [storage] };
}
