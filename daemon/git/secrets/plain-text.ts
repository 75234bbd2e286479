/**
 * Secrets that stand in git in plain text: what is told of them, or refused (configuration `secrets.plainText`). Pure. Values never leave this file.
 */

import { isObject } from '../../base/json.ts';
import type { JsonObject } from '../../base/object.ts';
import type { Kind } from '../../kinds/kind.ts';
import { SECRETS } from '../../kinds/resources.ts';
import { lastAppliedOf } from '../../merge/last-applied.ts';
import { describeObject, type ManifestDocument, type ManifestFile } from '../manifest-file.ts';
import type { PushProblem } from '../problem.ts';

export interface SecretSettings {
  /** Whether a Secret in plain text is only told of, or refused. */
  readonly plainText: 'warn' | 'refuse';
  /** Who can open what the daemon encrypts, itself first; empty: it has no key. */
  readonly recipients: readonly string[];
}

export const isSecret = ({ resource }: Kind): boolean =>
  resource.group === SECRETS.group && resource.plural === SECRETS.plural;

/** Whether a manifest has any value of a Secret in it. */
export const saysSecrets = (manifest: Readonly<JsonObject>): boolean => hasValueBut(manifest, new Set());

function hasValueBut(manifest: Readonly<JsonObject>, encrypted: ReadonlySet<string>): boolean {
  const found = ['data', 'stringData'].some((field) => {
    const members = manifest[field];
    if (!isObject(members)) return false;
    return Object.entries(members).some(
      ([name, value]) => value !== '' && value !== null && !encrypted.has(placeKey([field, name])),
    );
  });
  return found || isToldByAnnotation(manifest);
}

const placeKey = (place: readonly (string | number)[]): string => JSON.stringify(place);

/** `kubectl get -o yaml` of an applied Secret has all of it once more, as an annotation. */
function isToldByAnnotation(manifest: Readonly<JsonObject>): boolean {
  const text = isObject(manifest['metadata']) ? lastAppliedOf(manifest) : undefined;
  return typeof text === 'string' && /"(?:data|stringData)":\{"/.test(text);
}

/** What is wrong with a document that holds a Secret's values in plain text; undefined: nothing. */
export function plainTextProblem(
  file: Pick<ManifestFile, 'path'>,
  document: ManifestDocument,
  { recipients }: SecretSettings,
): PushProblem | undefined {
  const { names, object, sealed, line, column } = document;
  if (!names || !isSecret(names.kind)) return undefined;
  if (!hasValueBut(object, new Set(sealed?.places.map(placeKey)))) return undefined;
  const how = recipients.length > 0 ? `\`reflet seal ${file.path}\`, or sops for ${recipients[0]}` : 'sops';
  return {
    file: file.path,
    line,
    column,
    object: describeObject(names),
    message: 'its values are in plain text in git',
    expected: `an encrypted file (${how}); what was pushed once stays in the history, so change the values too`,
  };
}
