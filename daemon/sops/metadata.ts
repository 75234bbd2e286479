/**
 * The `sops` member of an encrypted document: who can open it, what is encrypted, and the MAC. Read from hostile text: everything is checked, and
 * what is not supported is refused by name. Pure.
 */

import { RE2JS } from 're2js';
import { isObject } from '../base/json.ts';
import { DATA_KEY_LENGTH_MAX, RECIPIENTS_MAX, REGEX_LENGTH_MAX } from './limits.ts';

/** The data key, encrypted for one recipient. */
export interface WrappedKey {
  readonly recipient: string;
  /** An armored age file. */
  readonly enc: string;
}

export interface SopsMetadata {
  readonly keys: readonly WrappedKey[];
  readonly lastModified: string;
  /** Encrypted. */
  readonly mac: string;
  readonly macOnlyEncrypted: boolean;
  /** Whether the value at a path of names is encrypted. */
  isEncrypted(path: readonly string[]): boolean;
}

export interface MetadataProblem {
  /** Below the document: `sops.mac`. */
  readonly fieldPath: string;
  readonly message: string;
  readonly expected?: string;
}

const RULES = ['encrypted_regex', 'unencrypted_regex', 'encrypted_suffix', 'unencrypted_suffix'] as const;
const COMMENT_RULES = ['encrypted_comment_regex', 'unencrypted_comment_regex'];
const OTHER_KEYS = ['pgp', 'kms', 'gcp_kms', 'azure_kv', 'hc_vault', 'hckms'];
const DEFAULT_SUFFIX = '_unencrypted';

export function parseMetadata(sops: Readonly<Record<string, unknown>>): SopsMetadata | MetadataProblem {
  const { age, lastmodified, mac } = sops;
  if (sops['key_groups'] !== undefined || Number(sops['shamir_threshold'] ?? 0) > 0) {
    return { fieldPath: 'sops', message: 'keys in groups (shamir_threshold) are not supported', expected: 'age keys' };
  }
  for (const name of COMMENT_RULES) {
    if (sops[name]) return { fieldPath: `sops.${name}`, message: 'not supported', expected: 'encrypted_regex' };
  }
  if (typeof mac !== 'string' || mac === '') {
    return { fieldPath: 'sops.mac', message: 'there is no MAC', expected: 'a file as sops or `reflet seal` writes it' };
  }
  if (typeof lastmodified !== 'string' || lastmodified === '') {
    return { fieldPath: 'sops.lastmodified', message: 'there is no time', expected: 'the time in RFC 3339' };
  }
  const keys = keysOf(age);
  if (!Array.isArray(keys)) return keys as MetadataProblem;
  if (keys.length === 0) {
    const others = OTHER_KEYS.filter((name) => Array.isArray(sops[name]) && (sops[name] as unknown[]).length > 0);
    const message = others.length > 0 ? `encrypted for ${others.join(', ')} only` : 'encrypted for nobody';
    return { fieldPath: 'sops', message, expected: 'a recipient under age' };
  }
  const rule = ruleOf(sops);
  if (typeof rule !== 'function') return rule;
  return {
    keys,
    lastModified: lastmodified,
    mac,
    macOnlyEncrypted: sops['mac_only_encrypted'] === true,
    isEncrypted: rule,
  };
}

function keysOf(age: unknown): WrappedKey[] | MetadataProblem {
  if (age === undefined || age === null) return [];
  if (!Array.isArray(age)) return { fieldPath: 'sops.age', message: 'not a list', expected: 'a list of recipients' };
  if (age.length > RECIPIENTS_MAX) {
    return { fieldPath: 'sops.age', message: `${age.length} recipients`, expected: `at most ${RECIPIENTS_MAX}` };
  }
  const keys: WrappedKey[] = [];
  for (const [index, entry] of age.entries()) {
    const { recipient, enc } = isObject(entry) ? entry : {};
    if (typeof recipient !== 'string' || typeof enc !== 'string' || enc.length > DATA_KEY_LENGTH_MAX) {
      const expected = 'recipient and enc as sops writes them';
      return { fieldPath: `sops.age[${index}]`, message: 'not an encrypted data key', expected };
    }
    keys.push({ recipient, enc });
  }
  return keys;
}

/** At most one rule counts; without one, everything is encrypted but what ends with `_unencrypted`. */
function ruleOf(sops: Readonly<Record<string, unknown>>): SopsMetadata['isEncrypted'] | MetadataProblem {
  const given = RULES.filter((name) => sops[name] !== undefined && sops[name] !== '');
  if (given.length > 1) {
    return { fieldPath: `sops.${given[1]}`, message: `cannot be used beside ${given[0]}`, expected: 'one of them' };
  }
  const name = given[0] ?? 'unencrypted_suffix';
  const text = given[0] ? sops[name] : DEFAULT_SUFFIX;
  if (typeof text !== 'string' || text.length > REGEX_LENGTH_MAX) {
    return {
      fieldPath: `sops.${name}`,
      message: 'not usable',
      expected: `text of at most ${REGEX_LENGTH_MAX} characters`,
    };
  }
  const matches = name.endsWith('_regex') ? matcherOf(text) : (part: string) => part.endsWith(text);
  if (!matches)
    return { fieldPath: `sops.${name}`, message: 'not a regular expression (RE2)', expected: '^(data|stringData)$' };
  const whenMatched = name.startsWith('encrypted');
  return (path) => path.some(matches) === whenMatched;
}

function matcherOf(text: string): ((part: string) => boolean) | undefined {
  const known = new Map<string, boolean>();
  try {
    const pattern = RE2JS.compile(text);
    return (part) => {
      const answer = known.get(part) ?? pattern.matcher(part).find();
      known.set(part, answer);
      return answer;
    };
  } catch {
    return undefined;
  }
}
