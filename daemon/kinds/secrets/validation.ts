/**
 * The rules of a Secret: keys, size, what each type must hold, and what `immutable` fixes. Values never appear in an error.
 */

import { type FieldError, forbiddenField, invalidValue, path, required, tooLong } from '../../base/field.ts';
import { goJsonError } from '../../base/go-json-error.ts';
import { deepEqual, isObject } from '../../base/json.ts';
import { configKeyProblems } from '../../base/names.ts';
import { checkProblems } from '../common/checks.ts';
import { decodedBytes, decodeText } from '../common/data.ts';
import { checkImmutable, newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import type { Secret } from '../types.generated.ts';

const DATA = path('data');
/** Upstream's own slip: the path of two types' keys holds a formatting verb. Clients know it so. */
const DATA_VERB = path('data[%s]');
const TOTAL_BYTES_MAX = 1024 * 1024;
const FIXED = 'field is immutable when `immutable` is set';
const REDACTED = '<secret contents redacted>';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';

export function validate(secret: Readonly<Secret>): FieldError[] {
  const errors: FieldError[] = [];
  const { data = {} } = secret;
  let bytes = 0;
  for (const key of Object.keys(data)) {
    checkProblems(errors, DATA.key(key), key, configKeyProblems(key));
    bytes += decodedBytes(data[key]!);
  }
  if (bytes > TOTAL_BYTES_MAX) errors.push(tooLong(DATA, '', TOTAL_BYTES_MAX));
  checkType(errors, secret, data);
  return errors;
}

function checkType(errors: FieldError[], secret: Readonly<Secret>, data: Readonly<Record<string, string>>): void {
  switch (secret.type) {
    case 'kubernetes.io/service-account-token':
      if (!secret.metadata?.annotations?.[ACCOUNT_NAME]) {
        errors.push(required(path('metadata').child('annotations').key(ACCOUNT_NAME)));
      }
      return;
    case 'kubernetes.io/dockercfg':
      checkJson(errors, data, '.dockercfg');
      return;
    case 'kubernetes.io/dockerconfigjson':
      checkJson(errors, data, '.dockerconfigjson');
      return;
    case 'kubernetes.io/basic-auth':
      if (data['username'] === undefined && data['password'] === undefined) {
        errors.push(required(DATA_VERB.key('username')), required(DATA_VERB.key('password')));
      }
      return;
    case 'kubernetes.io/ssh-auth':
      if (!data['ssh-privatekey']) errors.push(required(DATA_VERB.key('ssh-privatekey')));
      return;
    case 'kubernetes.io/tls':
      for (const key of ['tls.crt', 'tls.key']) if (data[key] === undefined) errors.push(required(DATA.key(key)));
  }
}

function checkJson(errors: FieldError[], data: Readonly<Record<string, string>>, key: string): void {
  const value = data[key];
  if (value === undefined) {
    errors.push(required(DATA.key(key)));
    return;
  }
  const problem = jsonProblem(decodeText(value));
  if (problem) errors.push(invalidValue(DATA.key(key), REDACTED, problem));
}

/** What Go says of a text that is no JSON object: of what is written there it quotes one character at most. */
function jsonProblem(text: string): string {
  const problem = goJsonError(text);
  if (problem) return problem;
  const value: unknown = JSON.parse(text);
  if (isObject(value) || value === null) return '';
  const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
}

export function validateUpdate(secret: Readonly<Secret>, old: Readonly<Secret>): FieldError[] {
  const errors = ownMetadataErrors(secret, old);
  checkImmutable(errors, secret.type, old.type, path('type'));
  if (old.immutable) {
    if (!secret.immutable) errors.push(forbiddenField(path('immutable'), FIXED));
    if (!deepEqual(secret.data ?? {}, old.data ?? {})) errors.push(forbiddenField(DATA, FIXED));
  }
  return [...errors, ...newMetadataErrors(secret, subdomainName), ...validate(secret)];
}
