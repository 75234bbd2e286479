/**
 * The only way by which the daemon calls URLs that a repository names. Addresses are checked after the name is resolved and before anything is sent,
 * so that a name cannot point elsewhere meanwhile; redirects are not followed; sizes and times are bounded; neither headers nor bodies are logged.
 */

import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { OUTGOING_ANSWER_BYTES_MAX, OUTGOING_MS_MAX } from '../limits.ts';
import { isBlockedAddress } from './addresses.ts';

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
  /** An option of the daemon: this host's own addresses may be called too. */
  allowLocal: boolean;
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

export function createOutgoing({ allowLocal }: OutgoingOptions): Outgoing {
  const check = (host: string, address: string): void => {
    if (!allowLocal && isBlockedAddress(address)) {
      throw new OutgoingRefused(
        `${host} is at ${address}, which is this host's own or link-local: not called (--allow-local-urls allows it)`,
      );
    }
  };
  const lookup = (host: string, options: LookupOptions, done: LookupCallback): void => {
    dnsLookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '');
      try {
        for (const { address } of addresses) check(host, address);
      } catch (refusal) {
        return done(refusal as Error, '');
      }
      if (options.all) done(null, addresses);
      else done(null, addresses[0]?.address ?? '', addresses[0]?.family);
    });
  };
  return {
    async send(request) {
      const url = new URL(request.url);
      if (url.protocol !== 'https:' && url.protocol !== 'http:') {
        throw new OutgoingRefused(`${url.protocol} URLs are not called: expected https`);
      }
      const host = url.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host)) check(host, host);
      return exchange(url, request, lookup as RequestOptions['lookup']);
    },
  };
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
