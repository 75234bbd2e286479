/**
 * The only way by which the daemon calls URLs that a repository names. Addresses are checked after the name is resolved and before anything is sent,
 * so that a name cannot point elsewhere meanwhile; redirects are not followed; sizes and times are bounded; neither headers nor bodies are logged.
 */

import type { LookupAddress, LookupOptions } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { OUTGOING_ANSWER_BYTES_MAX, OUTGOING_MS_MAX } from '../limits.ts';
import { type AllowedRemotes, checkTarget, TargetRefused } from './target.ts';

export interface OutgoingRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export interface OutgoingAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Cut off at a bound. */
  body: string;
}

/** The URL may not be called; trying again does not help. */
export class OutgoingRefused extends Error {
  override name = 'OutgoingRefused';
}

export interface Outgoing {
  /** Resolves with any answer, a redirect or an error among them. Throws {@link OutgoingRefused}, or the network's error. */
  send(request: OutgoingRequest): Promise<OutgoingAnswer>;
}

export interface OutgoingOptions {
  /** `--allow-remote` of the daemon. */
  allowed: AllowedRemotes;
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

export function createOutgoing({ allowed }: OutgoingOptions): Outgoing {
  return {
    async send(request) {
      const url = new URL(request.url);
      if (url.protocol !== 'https:' && url.protocol !== 'http:') {
        throw new OutgoingRefused(`${url.protocol} URLs are not called: expected https`);
      }
      return exchange(url, request, fixedLookup(await addressesOf(url, allowed)));
    },
  };
}

async function addressesOf(url: URL, allowed: AllowedRemotes): Promise<readonly string[]> {
  const encrypted = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  try {
    return await checkTarget({ host, port: Number(url.port) || (encrypted ? 443 : 80), encrypted }, allowed);
  } catch (error) {
    if (error instanceof TargetRefused) throw new OutgoingRefused(error.message, { cause: error });
    throw error;
  }
}

/** Answers with what was checked, whatever the name says by now. */
function fixedLookup(addresses: readonly string[]): RequestOptions['lookup'] {
  const found = addresses.map((address): LookupAddress => ({ address, family: isIP(address) }));
  const lookup = (_host: string, options: LookupOptions, done: LookupCallback): void => {
    if (options.all) done(null, found);
    else done(null, found[0]!.address, found[0]!.family);
  };
  return lookup as RequestOptions['lookup'];
}

function exchange(
  url: URL,
  { method, headers, body }: OutgoingRequest,
  lookup: RequestOptions['lookup'],
): Promise<OutgoingAnswer> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      { method, headers: { 'User-Agent': 'reflet', ...headers, ...length }, lookup, agent: false },
      (response) => readAnswer(response).then(resolve, reject).finally(done),
    );
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${OUTGOING_MS_MAX} ms`)),
      OUTGOING_MS_MAX,
    );
    timer.unref();
    const done = () => clearTimeout(timer);
    request.on('error', (error) => {
      done();
      reject(error);
    });
    request.end(body);
  });
}

function readAnswer(response: IncomingMessage): Promise<OutgoingAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = () => {
      const body = Buffer.concat(chunks).toString('utf8', 0, OUTGOING_ANSWER_BYTES_MAX);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    };
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= OUTGOING_ANSWER_BYTES_MAX) return;
      end();
      response.destroy();
    });
    response.on('end', end);
    response.on('error', reject);
  });
}
