/**
 * age identities and recipients: opening and wrapping data keys. Private keys stay inside; nothing here is logged.
 */

import * as age from 'age-encryption';
import { DATA_KEYS_KEPT_MAX, STRANGERS_TRIED_MAX } from './limits.ts';
import type { WrappedKey } from './metadata.ts';

const DATA_KEY_BYTES = 32;

export interface Keyring {
  /** Own public keys, the current one first; empty when there is no private key at hand. */
  readonly recipients: readonly string[];
  /** The data key, opened with whichever own key fits; undefined when none does. */
  unwrap(keys: readonly WrappedKey[]): Promise<Uint8Array | undefined>;
}

/** Nothing can be opened with it. */
export const EMPTY_KEYRING: Keyring = { recipients: [], unwrap: () => Promise.resolve(undefined) };

export const generateIdentity = (): Promise<string> => age.generateX25519Identity();

export const recipientOf = (identity: string): Promise<string> => age.identityToRecipient(identity);

/** Whether age can encrypt for it. */
export function isRecipient(text: string): boolean {
  try {
    new age.Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}

/** Throws for an identity that age does not know. */
export async function createKeyring(identities: readonly string[]): Promise<Keyring> {
  const own = new Map<string, string>();
  for (const identity of identities) own.set(await recipientOf(identity), identity);
  const known = new Map<string, Uint8Array>();
  const keep = (enc: string, dataKey: Uint8Array): void => {
    known.set(enc, dataKey);
    for (const oldest of known.keys()) {
      if (known.size <= DATA_KEYS_KEPT_MAX) break;
      known.delete(oldest);
    }
  };
  return {
    recipients: [...own.keys()],
    async unwrap(keys) {
      const kept = keys.map(({ enc }) => known.get(enc)).find(Boolean);
      if (kept) return kept;
      const mine = keys.filter(({ recipient }) => own.has(recipient));
      const strangers = keys.filter(({ recipient }) => !own.has(recipient)).slice(0, STRANGERS_TRIED_MAX);
      for (const { recipient, enc } of [...mine, ...strangers]) {
        const identity = own.get(recipient);
        const dataKey = await decryptKey(enc, identity ? [identity] : [...own.values()]);
        if (dataKey?.length !== DATA_KEY_BYTES) continue;
        keep(enc, dataKey);
        return dataKey;
      }
      return undefined;
    },
  };
}

async function decryptKey(enc: string, identities: readonly string[]): Promise<Uint8Array | undefined> {
  if (identities.length === 0) return undefined;
  const decrypter = new age.Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return await decrypter.decrypt(age.armor.decode(enc));
  } catch {
    return undefined; // not for us, or not an age file: the caller says which recipients there are
  }
}

/** The data key for each recipient. Throws naming a recipient that age does not know. */
export function wrapDataKey(dataKey: Uint8Array, recipients: readonly string[]): Promise<WrappedKey[]> {
  return Promise.all(
    recipients.map(async (recipient) => {
      const encrypter = new age.Encrypter();
      try {
        encrypter.addRecipient(recipient);
      } catch {
        throw new Error(`${recipient}: expected an age recipient, age1… (reflet status shows the daemon's)`);
      }
      return { recipient, enc: `${age.armor.encode(await encrypter.encrypt(dataKey)).trimEnd()}\n` };
    }),
  );
}
