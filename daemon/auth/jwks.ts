/**
 * The keys of an OpenID provider: its discovery document and key set, fetched over TLS and kept. A key that is not known yet makes it look again,
 * not more often than {@link REFRESH_MS_MIN}. Bounded in size and time; no redirects.
 */

import { get } from 'node:https';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../base/clock.ts';

/** A forged key id must not turn every request into a call to the provider. */
const REFRESH_MS_MIN = 10_000;
/** Providers answer in milliseconds; a request waits no longer for one that does not. */
const FETCH_MS_MAX = 10_000;
/** Key sets are some kilobytes. */
const DOCUMENT_BYTES_MAX = 1024 * 1024;

/** Reads one HTTPS document. Rejects for anything but a 200 with JSON. */
export type FetchJson = (url: string) => Promise<unknown>;

/** `ca`: PEM; without it the host's authorities. */
export function createFetchJson(ca: string | undefined): FetchJson {
  return (url) =>
    new Promise((resolve, reject) => {
      const request = get(url, {
        ...(ca ? { ca } : {}),
        timeout: FETCH_MS_MAX,
        headers: { accept: 'application/json' },
      });
      const cut = setTimeout(() => request.destroy(new Error(`${url} took too long`)), FETCH_MS_MAX);
      request.on('close', () => clearTimeout(cut));
      request.on('error', reject);
      request.on('response', (response) => {
        if (response.statusCode !== 200) {
          response.resume();
          return reject(new Error(`${url} answered ${response.statusCode}, expected 200`));
        }
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > DOCUMENT_BYTES_MAX)
            request.destroy(new Error(`${url} is larger than ${DOCUMENT_BYTES_MAX} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
          } catch {
            reject(new Error(`${url} is not JSON`));
          }
        });
      });
    });
}

export interface ProviderKeys {
  /** For `jwtVerify`. Throws what jose throws for keys that are not there. */
  readonly key: JWTVerifyGetKey;
}

export interface ProviderOptions {
  issuer: string;
  /** Of the discovery document; the issuer's well-known place without it. */
  discoveryUrl?: string;
  fetchJson: FetchJson;
  clock: Clock;
}

export function createProviderKeys(options: ProviderOptions): ProviderKeys {
  const { clock } = options;
  let keys: JWTVerifyGetKey | undefined;
  let loading: Promise<void> | undefined;
  let triedMs = Number.NEGATIVE_INFINITY;
  const load = (): Promise<void> => {
    if (clock.monotonic() - triedMs < REFRESH_MS_MIN) return loading ?? Promise.resolve();
    triedMs = clock.monotonic();
    loading = loadKeys(options)
      .then((set) => {
        keys = createLocalJWKSet(set);
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };
  return {
    async key(header, token) {
      if (!keys) await load();
      try {
        if (keys) return await keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      await load();
      if (!keys) throw new errors.JWKSNoMatchingKey();
      return keys(header, token);
    },
  };
}

async function loadKeys({ issuer, discoveryUrl, fetchJson }: ProviderOptions): Promise<JSONWebKeySet> {
  const place = discoveryUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = (await fetchJson(place)) as { issuer?: unknown; jwks_uri?: unknown };
  if (document?.issuer !== issuer)
    throw new Error(`${place} speaks for the issuer ${JSON.stringify(document?.issuer)}, expected ${issuer}`);
  const { jwks_uri: uri } = document;
  if (typeof uri !== 'string' || !uri.startsWith('https://')) throw new Error(`${place} names no jwks_uri over https`);
  return (await fetchJson(uri)) as JSONWebKeySet;
}
