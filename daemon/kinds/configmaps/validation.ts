/**
 * The rules of a ConfigMap: keys, size, and what `immutable` fixes.
 */

import { type FieldError, forbiddenField, invalidValue, path, tooLong } from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { configKeyProblems } from '../../base/names.ts';
import { checkProblems } from '../common/checks.ts';
import { decodedBytes } from '../common/data.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import type { ConfigMap } from '../types.generated.ts';

/** All values of one object; etcd's limit on a request leaves room for no more. */
const TOTAL_BYTES_MAX = 1024 * 1024;
const FIXED = 'field is immutable when `immutable` is set';

export function validate(configMap: Readonly<ConfigMap>): FieldError[] {
  const errors: FieldError[] = [];
  const { data = {}, binaryData = {} } = configMap;
  let bytes = 0;
  for (const key of Object.keys(data)) {
    const at = path('data').key(key);
    checkProblems(errors, at, key, configKeyProblems(key));
    if (Object.hasOwn(binaryData, key)) errors.push(invalidValue(at, key, 'duplicate of key present in binaryData'));
    bytes += Buffer.byteLength(data[key]!);
  }
  for (const key of Object.keys(binaryData)) {
    checkProblems(errors, path('binaryData').key(key), key, configKeyProblems(key));
    bytes += decodedBytes(binaryData[key]!);
  }
  if (bytes > TOTAL_BYTES_MAX) errors.push(tooLong(path('[]'), '', TOTAL_BYTES_MAX));
  return errors;
}

export function validateUpdate(configMap: Readonly<ConfigMap>, old: Readonly<ConfigMap>): FieldError[] {
  const errors = ownMetadataErrors(configMap, old);
  if (old.immutable) {
    if (!configMap.immutable) errors.push(forbiddenField(path('immutable'), FIXED));
    for (const field of ['data', 'binaryData'] as const) {
      if (!deepEqual(configMap[field] ?? {}, old[field] ?? {})) errors.push(forbiddenField(path(field), FIXED));
    }
  }
  return [...errors, ...newMetadataErrors(configMap, subdomainName), ...validate(configMap)];
}
